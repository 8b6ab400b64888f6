// SPDX-License-Identifier: MIT
import { isSenderGroup, isUnicastSource, parseIpv4 } from "@mauth/protocol/ipv4";
import type { Session } from "@mauth/protocol/api";
import type { MediaDescription } from "../sdp/description.ts";
import { filteredSources } from "../sdp/source-filter.ts";

/** Flows that one session may have. */
export const FLOWS_MAX = 1024;

type Flow = Session["flows"][number];

/**
 * The (source, group, TTL) triples that a permit of the session stands for: the announced sources of each group, else
 * the announcer. The o= line is no source: ffmpeg writes 127.0.0.1 there, PipeWire 0.0.0.0, VLC a host name. Groups
 * and sources that the filter cannot hold (link-local, IPv6) are left out.
 */
export function flowsOf(media: readonly MediaDescription[], announcer: string): Flow[] {
  const flows = new Map<string, Flow>();
  for (const one of media) {
    for (const group of one.groups.filter(isPermittableGroup)) {
      const announced = filteredSources(one.filters, "incl", [group]).filter(isPermittableSource);
      const sources = announced.length > 0 ? announced : [announcer].filter(isPermittableSource);
      for (const source of sources) addFlow(flows, { source, group, ttl: one.ttl });
    }
  }
  return [...flows.values()];
}

function addFlow(flows: Map<string, Flow>, flow: Flow): void {
  const key = `${flow.source}>${flow.group}`;
  const known = flows.get(key);
  if (known === undefined && flows.size >= FLOWS_MAX) return;
  flows.set(key, known === undefined ? flow : { ...known, ttl: widerTtl(known.ttl, flow.ttl) });
}

function widerTtl(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.max(left, right);
}

function isPermittableGroup(text: string): boolean {
  const address = parseIpv4(text);
  return address !== undefined && isSenderGroup(address);
}

function isPermittableSource(text: string): boolean {
  const address = parseIpv4(text);
  return address !== undefined && isUnicastSource(address);
}
