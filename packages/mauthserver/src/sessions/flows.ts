// SPDX-License-Identifier: MIT
import { formatAddress, isGroupAddress, isSameFamily, isSourceAddress, parseAddress } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import type { Session } from "@mauth/protocol/api";
import type { MediaDescription } from "../sdp/description.ts";
import { filteredSources } from "../sdp/source-filter.ts";

/** Flows that one session may have. */
export const FLOWS_MAX = 1024;

type Flow = Session["flows"][number];

/**
 * The (source, group, TTL) triples that a permit of the session stands for: the announced sources of each group, else
 * the announcer, where it is of the group's family. The o= line is no source: ffmpeg writes 127.0.0.1 there, PipeWire
 * 0.0.0.0, VLC a host name. Groups and sources that the filter cannot hold, such as link-local ones, are left out.
 */
export function flowsOf(media: readonly MediaDescription[], announcer: string): Flow[] {
  const flows = new Map<string, Flow>();
  for (const { groups, filters, ttl } of media) {
    for (const text of groups) {
      const group = parseAddress(text);
      if (group === undefined || !isGroupAddress(group)) continue;
      const announced = sourcesOf(filteredSources(filters, "incl", [text]), group);
      const sources = announced.length > 0 ? announced : sourcesOf([announcer], group);
      for (const source of sources) addFlow(flows, { source: formatAddress(source), group: formatAddress(group), ttl });
    }
  }
  return [...flows.values()];
}

/** The addresses that can send to the group. */
function sourcesOf(texts: readonly string[], group: Address): Address[] {
  const addresses = texts.flatMap((text) => parseAddress(text) ?? []);
  return addresses.filter((address) => isSourceAddress(address) && isSameFamily(address, group));
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
