// SPDX-License-Identifier: MIT
import type { World } from "./world.ts";

/** What mauthserver would say about a pair on an mrouter. */
export function explain(world: World, query: URLSearchParams): unknown {
  const [mrouter, source, group] = ["mrouter", "source", "group"].map((name) => query.get(name) ?? "");
  const pair = { source: source ?? "", group: group ?? "" };
  const grant = world.covering(pair);
  const ofPair = <Item extends { mrouter: string; source: string; group: string }>(items: ReadonlyMap<string, Item>) =>
    [...items.values()].find((one) => one.mrouter === mrouter && one.source === source && one.group === group);
  const entry = ofPair(world.entities.sender) ?? null;
  const denied = ofPair(world.entities.denied) ?? null;
  const session = [...world.entities.session.values()].find((one) =>
    one.flows.some((flow) => flow.source === source && flow.group === group),
  );
  const known = {
    entry,
    denied,
    grants: grant === undefined ? [] : [grant.id],
    ...(session === undefined ? {} : { session: session.id }),
  };
  if (denied?.reason === "TTL" && grant !== undefined) {
    const sentence = `Its packets arrive with TTL ${denied.ttl}; the grant permits at most ${grant.maxTtl}.`;
    const fix = { kind: "permit", ...pair, maxTtl: denied.ttl };
    return { verdict: "refused", reason: "TTL", sentence, ...known, fix };
  }
  if (grant === undefined) {
    const sentence = `No grant covers ${source} → ${group}, so the filter of ${mrouter} drops its packets.`;
    const fix = { kind: "permit", ...pair, maxTtl: denied?.ttl ?? 31 };
    return { verdict: denied === null ? "silent" : "refused", reason: "UNKNOWN", sentence, ...known, fix };
  }
  const isSending = (entry?.packets ?? 0) > 0;
  const sentence = isSending
    ? `The grant ${grant.id} lets its packets pass up to TTL ${grant.maxTtl}.`
    : `It is permitted, but ${mrouter} has seen no packet of it.`;
  return {
    verdict: isSending ? "passed" : "silent",
    reason: "PASSED",
    sentence,
    ...known,
    fix: { kind: "revoke", id: grant.id },
  };
}
