// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { Instant } from "./text.ts";

/** RFC 8866 §5.2; identifiers are 64-bit numbers kept as text. */
export const Origin = z.object({
  username: z.string(),
  sessId: z.string(),
  sessVersion: z.string(),
  netType: z.string(),
  addrType: z.string(),
  address: z.string(),
});
export type Origin = z.infer<typeof Origin>;

/** RFC 8866 §5.14 with the session-level defaults applied. */
export const Media = z.object({
  /** audio, video, text, application, message or what the announcer wrote. */
  type: z.string(),
  port: z.int(),
  /** 1 unless the m= line carries a number of ports. */
  portCount: z.int(),
  /** Such as RTP/AVP or udp. */
  proto: z.string(),
  formats: z.array(z.string()),
  /** Multicast groups in announced order, address ranges expanded. */
  groups: z.array(z.string()),
  /** Hops, null where the description states none. */
  ttl: z.nullable(z.int()),
  /** Include-mode source filters that cover a group of this media (RFC 4570). */
  sources: z.array(z.string()),
  /** i= of the media. */
  title: z.optional(z.string()),
  /** Such as "L24/48000/2", from a=rtpmap, or the format where there is none. */
  codec: z.optional(z.string()),
  /** b=AS or b=TIAS in kbit/s. */
  bandwidthKbps: z.optional(z.number()),
  /** a=ts-refclk (RFC 7273 §4), such as "ptp=IEEE1588-2008:00-00-5E-00-53-01-00-00:0". */
  referenceClock: z.optional(z.string()),
  /** a=mediaclk (RFC 7273 §5), such as "direct=0". */
  mediaClock: z.optional(z.string()),
});
export type Media = z.infer<typeof Media>;

/** Where an announcement was heard. */
export const Hearing = z.object({
  /** Name of the mrouter that relayed the announcement; null when mauthserver heard it itself. */
  mrouter: z.nullable(z.string()),
  interface: z.string(),
  /** SAP group, such as 224.2.127.254. */
  group: z.string(),
  lastHeardAt: Instant,
});
export type Hearing = z.infer<typeof Hearing>;

/** Something about a session that an operator should look at. */
export const Conflict = z.discriminatedUnion("kind", [
  /** Another session uses the group and port with other sources, so that receivers of one get both. */
  z.object({ kind: z.literal("shared"), other: z.string(), group: z.string(), port: z.int() }),
  /** The announced TTL is above what the permit of that flow allows, so that its packets are refused. */
  z.object({ kind: z.literal("ttl"), source: z.string(), group: z.string(), ttl: z.int(), maxTtl: z.int() }),
  /** Nobody sends the flow, as far as its mrouters have seen for a minute, although the session is announced. */
  z.object({ kind: z.literal("silent"), source: z.string(), group: z.string() }),
]);
export type Conflict = z.infer<typeof Conflict>;

/** How far the groups of a session are meant to be forwarded. */
export const GroupScope = z.enum(["link-local", "site-local", "organization-local", "admin-scoped", "global"]);
export type GroupScope = z.infer<typeof GroupScope>;

/** A session on the air. Texts are decoded and free of control characters, not escaped for HTML. */
export const Session = z.object({
  /** Stable for as long as the session is announced; 16 lower-case hex digits. */
  id: z.string(),
  title: z.string(),
  info: z.optional(z.string()),
  origin: Origin,
  /** Unicast source of the announcing packets: the originating source that may delete or modify the session. */
  announcer: z.string(),
  /** Message id hash of the last announcement (RFC 2974 §3). */
  messageIdHash: z.int(),
  /** Seconds since 1900 (NTP); 0 means unbounded. */
  times: z.array(z.object({ start: z.number(), stop: z.number() })),
  media: z.array(Media),
  /** The (source, group, TTL) triples that one click permits: announced sources, else the announcer. */
  flows: z.array(z.object({ source: z.string(), group: z.string(), ttl: z.nullable(z.int()) })),
  hearings: z.array(Hearing),
  firstHeardAt: Instant,
  lastHeardAt: Instant,
  /** Observed announcement period, null before the second announcement. */
  periodMs: z.nullable(z.number()),
  /** When the session leaves the directory if it is not heard again. */
  expiresAt: z.nullable(Instant),
  /** When the description says that it ends, null when unbounded. */
  endsAt: z.optional(z.nullable(Instant)),
  /** The widest scope of its groups; absent when it has none. */
  scope: z.optional(GroupScope),
  /** Absent when there are none. */
  conflicts: z.optional(z.array(Conflict)),
  /** The description as received. */
  sdp: z.string(),
});
export type Session = z.infer<typeof Session>;
