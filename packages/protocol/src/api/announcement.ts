// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { parseIpv4Prefix } from "../ipv4.ts";
import { Group, Instant, MaxTtl, Source } from "./text.ts";

/** Characters of a title and of an information line. */
export const TITLE_LENGTH_MAX = 128;
export const INFO_LENGTH_MAX = 256;
/** Seconds between two announcements that may be asked for; RFC 2974 §3 gives no upper bound, listeners forget after an hour. */
export const INTERVAL_SECONDS_MIN = 5;
export const INTERVAL_SECONDS_MAX = 300;

const ANY_CONTROL = /\p{Cc}/u;

function line(lengthMax: number) {
  return z.string().check(
    z.trim(),
    z.minLength(1, "must not be empty"),
    z.maxLength(lengthMax, `may have at most ${lengthMax} characters`),
    z.refine((text) => !ANY_CONTROL.test(text), "must be one line without control characters"),
  );
}

/** How often a session is announced: a fixed time, give or take a third, or as RFC 2974 §3.1 shares out 4000 bit/s. */
export const AnnouncementInterval = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("fixed"),
    seconds: z
      .int(`must be a whole number of seconds`)
      .check(
        z.minimum(INTERVAL_SECONDS_MIN, `must be at least ${INTERVAL_SECONDS_MIN} seconds`),
        z.maximum(INTERVAL_SECONDS_MAX, `must be at most ${INTERVAL_SECONDS_MAX} seconds`),
      ),
  }),
  z.strictObject({ mode: z.literal("rfc") }),
]);
export type AnnouncementInterval = z.infer<typeof AnnouncementInterval>;

/** A multicast IPv4 address of SAP: 224.0.0.0/24 is allowed here, since PulseAudio listens on 224.0.0.56. */
const SapGroup = z
  .string()
  .check(z.regex(/^(?:22[4-9]|23\d)(?:\.(?:\d{1,2}|1\d\d|2[0-4]\d|25[0-5])){3}$/, "must be a multicast IPv4 address"));

/** Announcing is IPv4. */
const Zone = z
  .string()
  .check(z.refine((text) => parseIpv4Prefix(text) !== undefined, "must be an IPv4 prefix such as 239.255.0.0/16"));

/** What an operator fills in; everything with a default may be left out. */
export const AnnouncementRequest = z.strictObject({
  title: line(TITLE_LENGTH_MAX),
  info: z.optional(line(INFO_LENGTH_MAX)),
  /** Chooses the template of the media: L16 audio, MPEG-2 TS video, or AES67 with its L24, packet time and clocks. */
  purpose: z.enum(["audio", "video", "aes67"], 'must be "audio", "video" or "aes67"'),
  /** Chosen free of every session heard when left out. */
  group: z.optional(Group),
  /** Where a group is chosen, such as a GLOP block; the IPv4 local scope by default (RFC 2365 §6.1). */
  zone: withDefault(Zone, "239.255.0.0/16"),
  /** UDP port of the media; RTP wants an even one (RFC 3550 §11). */
  port: withDefault(
    z
      .int("must be a port")
      .check(z.minimum(1, "must be from 1 to 65535"), z.maximum(65_535, "must be from 1 to 65535")),
    5004,
  ),
  /** With which the media are sent. */
  ttl: withDefault(MaxTtl, 15),
  /** Hosts that send the media, as a source filter (RFC 4570); without one the announcer counts as the sender. */
  sources: withDefault(z.array(Source).check(z.maxLength(8, "may name at most 8 hosts")), []),
  /** Encoding name, clock rate and channels instead of those of the template (RFC 8866 §6.6). */
  codec: z.optional(
    z.string().check(z.regex(/^[A-Za-z0-9][\w.+-]{0,31}\/\d{1,9}(?:\/\d{1,3})?$/, 'must be such as "L24/48000/2"')),
  ),
  /** The clock of the media (RFC 7273 §4); AES67 needs one. */
  referenceClock: z.optional(
    z.string().check(z.regex(/^[\x21-\x7e]{1,120}$/, 'must be such as "ptp=IEEE1588-2008:00-00-5E-00-53-01-00-00:0"')),
  ),
  /** Further attributes of the media, without "a=", such as "fmtp:96 packetization-mode=1". */
  attributes: withDefault(z.array(line(200)).check(z.maxLength(16, "may be at most 16")), []),
  interval: withDefault(AnnouncementInterval, { mode: "fixed", seconds: 30 }),
  /** "lf" is for PulseAudio before 17, which refuses CR LF. */
  lineEnd: withDefault(z.enum(["crlf", "lf"], 'must be "crlf" or "lf"'), "crlf"),
  /** Where it is announced; by the scope of the group when left out (RFC 2974 §3). */
  sapGroups: z.optional(
    z
      .array(SapGroup)
      .check(z.minLength(1, "must name at least one group"), z.maxLength(4, "may name at most 4 groups")),
  ),
  /** One of the server's SAP interfaces; the first that has an IPv4 address when left out. */
  interface: z.optional(z.string()),
  /** When the session ends, and with it its announcement. */
  endsAt: z.optional(Instant),
});
/** As a client writes it. */
export type AnnouncementInput = z.input<typeof AnnouncementRequest>;
/** With the defaults applied. */
export type AnnouncementRequest = z.infer<typeof AnnouncementRequest>;

/** A session that this server announces. */
export const Announcement = z.object({
  id: z.string(),
  /** Of the session that listeners hear, this server among them. */
  session: z.string(),
  title: z.string(),
  info: z.optional(z.string()),
  purpose: z.enum(["audio", "video", "aes67"]),
  group: z.string(),
  port: z.int(),
  ttl: z.int(),
  sources: z.array(z.string()),
  codec: z.string(),
  referenceClock: z.optional(z.string()),
  attributes: z.array(z.string()),
  interval: AnnouncementInterval,
  lineEnd: z.enum(["crlf", "lf"]),
  sapGroups: z.array(z.string()),
  /** Address of the server from which it is announced. */
  originatingSource: z.string(),
  /** RFC 8866 §5.2: the same over every restart; the version rises with each change. */
  sessId: z.string(),
  sessVersion: z.int(),
  /** Another one after each change (RFC 2974 §3). */
  messageIdHash: z.int(),
  createdAt: Instant,
  changedAt: Instant,
  endsAt: z.optional(Instant),
  /** The description as it is sent. */
  sdp: z.string(),
});
export type Announcement = z.infer<typeof Announcement>;
