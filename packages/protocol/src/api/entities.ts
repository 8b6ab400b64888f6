// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { isAnySource, isGroupAddress, isSourceAddress, parseAddress } from "../address.ts";
import { Bytes, GroupPrefix, Instant, InterfaceName, Mac, MaxTtl, Network, Reasoning, SessionId } from "./text.ts";

/** Whether a grant's sender is in the kernel of one mrouter. */
export const Enforcement = z.object({
  mrouter: z.string(),
  /** pending: decided, not yet acknowledged; enforced: the kernel holds it; failed: the mrouter refused it. */
  state: z.enum(["pending", "enforced", "failed"]),
  error: z.optional(z.string()),
});
export type Enforcement = z.infer<typeof Enforcement>;

/** Where a sender must be: on this interface of the mrouter, at this link-layer address. At least one is given. */
export const Binding = z.object({ interface: z.optional(InterfaceName), mac: z.optional(Mac) });
export type Binding = z.infer<typeof Binding>;

/** How much a sender may send (GCRA), link header included. */
export const Rate = z.object({ bytesPerSecond: Bytes, burstBytes: Bytes });
export type Rate = z.infer<typeof Rate>;

/** A unicast source, or 0.0.0.0 or :: for any. */
export const GrantSource = z.string().check(
  z.refine((text) => {
    const address = parseAddress(text);
    return address !== undefined && (isSourceAddress(address) || isAnySource(address));
  }, "must be a unicast address, or 0.0.0.0 or :: for any"),
);

/** A group, any group of a prefix, or whatever groups a session announces for the source, as long as it does. */
export const GrantGroup = z.union([
  z.string().check(
    z.refine((text) => {
      const address = parseAddress(text);
      return address !== undefined && isGroupAddress(address);
    }, "must be a group that mrouters forward"),
  ),
  GroupPrefix,
  z.literal("session"),
]);

/** What somebody decides: a grant before it is made. */
export const GrantInput = z.strictObject({
  source: GrantSource,
  group: GrantGroup,
  /** With the group "session", and only then. */
  session: z.optional(SessionId),
  maxTtl: MaxTtl,
  rate: z.optional(Rate),
  binding: z.optional(Binding),
  /** When it ends by itself, in the future. */
  expiresAt: z.optional(Instant),
  reason: z.optional(Reasoning),
});
export type GrantInput = z.infer<typeof GrantInput>;

/** An operator's decision that a source may send. */
export const Grant = z.object({
  /** "SOURCE>GROUP", "SOURCE>GROUP/LENGTH" or "SOURCE>session:ID": one grant for each. */
  id: z.string(),
  source: GrantSource,
  group: GrantGroup,
  /** With the group "session" only. */
  session: z.optional(SessionId),
  maxTtl: MaxTtl,
  rate: z.optional(Rate),
  binding: z.optional(Binding),
  /** When it ends by itself. */
  expiresAt: z.optional(Instant),
  /** Why, in the words of who permitted it. */
  reason: z.optional(Reasoning),
  permittedAt: Instant,
  /** Name of the account or token. */
  permittedBy: z.optional(z.string()),
  /** With the group "session": what it stands for now, when that session says that it ends, and since when it is no longer announced. */
  groups: z.optional(z.array(z.string())),
  sessionEndsAt: z.optional(Instant),
  goneAt: z.optional(Instant),
  /** Of all senders that are derived from it. */
  enforcement: z.array(Enforcement),
});
export type Grant = z.infer<typeof Grant>;

/** What an admin says of an mrouter. */
export const MrouterInput = z.strictObject({
  name: z
    .string()
    .check(
      z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "must be 1 to 63 letters, digits, dots, hyphens or underscores"),
    ),
  /** Where its musersd listens. */
  address: z
    .string()
    .check(
      z.regex(
        /^(?:\[[0-9a-fA-F:.]{2,45}\]|[0-9A-Za-z._-]{1,253}):(?!0+$)\d{1,5}$/,
        'must be "host:port", an IPv6 host in brackets',
      ),
    ),
  protocol: z.enum(["v1", "v2"]),
  /** Whose hosts it judges. */
  networks: z
    .array(Network)
    .check(z.minLength(1, "must name at least one prefix"), z.maxLength(256, "may name at most 256 prefixes")),
  /** "KEYID HEX" as in the key file of its musersd; never shown again. Absent: the key that it has, or none. */
  key: z.optional(
    z
      .string()
      .check(z.regex(/^[1-9]\d{0,9} [0-9a-fA-F]{64}$/, "must be a key id and 64 hex digits, as in the key file")),
  ),
});
export type MrouterInput = z.infer<typeof MrouterInput>;

/** `PATCH /mrouters/{name}`: what is absent stays. */
export const MrouterPatch = z.extend(z.partial(z.omit(MrouterInput, { name: true })), {
  reason: z.optional(Reasoning),
});
export type MrouterPatch = z.infer<typeof MrouterPatch>;

/** `PUT /mrouters/{name}/interfaces/{interface}`. */
export const ModeInput = z.strictObject({ mode: z.enum(["enforce", "monitor"]), reason: z.optional(Reasoning) });
export type ModeInput = z.infer<typeof ModeInput>;

/** An internal interface of an mrouter; `monitored`: it only counts what it would drop. */
export const InternalInterface = z.object({
  name: z.string(),
  attached: z.boolean(),
  monitored: z.optional(z.boolean()),
});
export type InternalInterface = z.infer<typeof InternalInterface>;

/** A multicast router under mauth's control. */
export const Mrouter = z.object({
  /** The name. */
  id: z.string(),
  name: z.string(),
  address: z.string(),
  protocol: z.enum(["v1", "v2"]),
  networks: z.array(Network),
  /**
   * connecting: not heard yet; online; drifted: being brought back to the decided state; offline: silent for 3 pings; full: its
   * filter has no room; foreign: it obeys another mauthserver or refuses the key; version: it speaks no version that we do.
   */
  state: z.enum(["connecting", "online", "drifted", "offline", "full", "foreign", "version"]),
  /** What is wrong and what to do about it, in one sentence. */
  trouble: z.optional(z.string()),
  /** Which filter runs there; "unknown" over plain v1. The memory filter enforces nothing. */
  filter: z.enum(["bpf", "module", "memory", "unknown"]),
  mode: z.enum(["enforce", "monitor", "unknown"]),
  interfaces: z.array(InternalInterface),
  sendersDecided: z.int(),
  /** Senders the kernel holds; null while unknown. */
  sendersInForce: z.nullable(z.int()),
  /** Senders its filter has room for; absent while unknown. */
  sendersMax: z.optional(z.int()),
  lastHeardAt: z.nullable(Instant),
  /** Packets since the filter was loaded; null while unknown. */
  passedPackets: z.nullable(z.number()),
  refusedPackets: z.nullable(z.number()),
});
export type Mrouter = z.infer<typeof Mrouter>;

/** A sender in the kernel of one mrouter with its counters. */
export const SenderStats = z.object({
  /** "MROUTER|SOURCE>GROUP". */
  id: z.string(),
  mrouter: z.string(),
  source: z.string(),
  group: z.string(),
  maxTtl: z.int(),
  /** Packets and bytes (IP length) passed. */
  packets: z.number(),
  bytes: z.number(),
  /** Packets of this (S,G) refused, for instance for their TTL. */
  refusedPackets: z.number(),
  /** When the last packet passed, null when none did. */
  lastAt: z.nullable(Instant),
});
export type SenderStats = z.infer<typeof SenderStats>;

/** Why the filter refused a packet; the names of `enum msender_reason` in msender.h. */
export const Reason = z.enum(["UNKNOWN", "TTL", "REGISTER", "MALFORMED", "EXPIRED", "SPOOF", "RATE"]);
export type Reason = z.infer<typeof Reason>;

/** An (S,G) that the filter refused, with counts. */
export const Denied = z.object({
  /** "MROUTER|INTERFACE|SOURCE>GROUP". */
  id: z.string(),
  mrouter: z.string(),
  interface: z.string(),
  source: z.string(),
  group: z.string(),
  /** Reason and TTL (hops) of the last refused packet. */
  reason: Reason,
  ttl: z.int(),
  packets: z.number(),
  bytes: z.number(),
  firstAt: Instant,
  lastAt: Instant,
});
export type Denied = z.infer<typeof Denied>;

/**
 * Opens a resumed feed: what follows are the changes after `from`, and then everything that is not logged. Of senders, denied,
 * mrouters and grants, what is not told of before the snapshot's end is gone.
 */
export const Resumed = z.object({ from: z.int(), revision: z.int() });
export type Resumed = z.infer<typeof Resumed>;

/** How many entities of a name a batched snapshot has brought, and of how many; all of them when the two are equal. */
export const Progress = z.object({ entity: z.string(), sent: z.int(), total: z.int() });
export type Progress = z.infer<typeof Progress>;

/** Closes the snapshot that a console receives first: everything after it is a change. */
export const Snapshot = z.object({
  revision: z.int(),
  /** Tells the log that revisions are counted in; a console that comes back names it as ?log=, because a restore begins another. */
  log: z.string(),
  /** Of mauthserver. */
  version: z.string(),
  serverTime: Instant,
});
export type Snapshot = z.infer<typeof Snapshot>;
