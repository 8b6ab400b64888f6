// SPDX-License-Identifier: MIT
import { bucketOf, LEASE_SECONDS_MAX } from "@mauth/protocol/v2";
import type { Change, SenderEntry } from "@mauth/protocol/v2";
import type { UnnamedSender } from "../grants/sender.ts";
import { formatSenderKey } from "../sender-key.ts";

/** How much longer than decided a sender may be held, because leases are whole seconds and packets take time. */
const LEASE_SLACK_SECONDS = 2;

/**
 * The entry that says on the wire what a sender is. A sender that ends later than the longest lease has that one: should the
 * mrouter end it then, it counts as missing and gets the next.
 */
export function entryOf({ source, group, groupLength, maxTtl, limits }: UnnamedSender, nowMs: number): SenderEntry {
  const entry = { source, group, maxTtl };
  const named = groupLength === undefined ? entry : { ...entry, groupLength };
  if (limits === undefined || maxTtl === 0) return named;
  const { rate, interface: name, mac, expiresAt } = limits;
  return {
    ...named,
    ...(rate && { rateBytesPerSecond: rate.bytesPerSecond, burstBytes: rate.burstBytes }),
    ...(name !== undefined && { interface: name }),
    ...(mac !== undefined && { mac }),
    ...(expiresAt !== undefined && { leaseSeconds: leaseOf(expiresAt, nowMs) }),
  };
}

/** The change that makes a sender so, or absent with `maxTtl` 0. `nowMs`: since the Unix epoch. */
export function changeOf(sender: UnnamedSender, nowMs: number): Change {
  return { command: sender.maxTtl === 0 ? "remove" : "add", ...entryOf(sender, nowMs) };
}

/** The bucket of the digest in which a sender is. */
export function bucketOfSender({ source, group }: UnnamedSender): number {
  return bucketOf(source, group);
}

/** The key of the sender that an entry is. */
export function keyOfEntry({ source, group, groupLength }: SenderEntry): string {
  return formatSenderKey(source, group, groupLength);
}

/** Tells whether the kernel holds a sender as it shall; an entry that is absent is undefined. */
export function isHeldAs(sender: UnnamedSender, entry: SenderEntry | undefined, nowMs: number): boolean {
  if (entry === undefined || sender.maxTtl === 0) return entry === undefined && sender.maxTtl === 0;
  const wanted = entryOf(sender, nowMs);
  const { leaseSeconds: held } = entry;
  const { leaseSeconds: decided } = wanted;
  if ((held === undefined) !== (decided === undefined)) return false;
  if (held !== undefined && decided !== undefined && held > decided + LEASE_SLACK_SECONDS) return false;
  return (
    wanted.maxTtl === entry.maxTtl &&
    wanted.rateBytesPerSecond === entry.rateBytesPerSecond &&
    wanted.burstBytes === entry.burstBytes &&
    wanted.interface === entry.interface &&
    wanted.mac === entry.mac
  );
}

function leaseOf(expiresAt: number, nowMs: number): number {
  return Math.min(LEASE_SECONDS_MAX, Math.max(1, Math.ceil((expiresAt - nowMs) / 1000)));
}
