// SPDX-License-Identifier: MIT
import { scopeOfGroups } from "@mauth/protocol/api";
import type { Hearing, Media, Origin, Session } from "@mauth/protocol/api";
import type { MediaDescription, SessionDescription } from "../sdp/description.ts";
import type { SapPacket } from "../sap/packet.ts";
import { endOf } from "../sdp/times.ts";
import { flowsOf } from "./flows.ts";
import { timeoutMs } from "./period.ts";

/** What an announcement says, ready to be shown. */
export type Described = Pick<Session, "title" | "info" | "origin" | "times" | "media" | "flows" | "scope" | "sdp">;

/** A session in the directory; instants end in `At` (wall clock), the rest is monotonic. */
export interface Entry {
  readonly id: string;
  readonly announcer: string;
  described: Described;
  messageIdHash: number;
  /** The rest of the last SAP header; null after a restart. */
  header: Pick<SapPacket, "originatingSource" | "authenticated"> | null;
  /** Hash of the version before, whose late deletion must not end this one; null without one. */
  formerHash: number | null;
  /** Hashes that were replaced, with the monotonic time, and how often one of them came back soon. */
  readonly replacedHashes: Map<number, number>;
  returns: number;
  /** The last datagram and its digest; empty after a restart. */
  datagram: Uint8Array;
  digest: number;
  readonly hearings: Map<string, Hearing>;
  firstHeardAt: number;
  lastHeardAt: number;
  lastHeardMs: number;
  periodMs: number | null;
  /** Time before which silence does not end it. */
  graceUntilMs: number;
  /** Unix ms of the announced end, null when unbounded. */
  endAt: number | null;
  /** When the last `add` was returned. */
  shownMs: number;
}

/** Places at which one session is listed as heard. */
export const HEARINGS_MAX = 16;

/** Replaced hashes that are remembered, as many as channels of one host that may share an o= line. */
const REPLACED_HASHES_MAX = 256;

/** Sessions under one o= line take turns within their announcement period; one that changes its text now and then does not. */
const RETURN_WITHIN_MS = 120_000;

/** Notes that the hash changes. */
export function noteNewHash(entry: Entry, messageIdHash: number, nowMs: number): void {
  if (messageIdHash === entry.messageIdHash) return;
  const { replacedHashes } = entry;
  if (nowMs - (replacedHashes.get(messageIdHash) ?? Number.NEGATIVE_INFINITY) < RETURN_WITHIN_MS) entry.returns += 1;
  if (replacedHashes.size < REPLACED_HASHES_MAX) replacedHashes.set(entry.messageIdHash, nowMs);
  entry.formerHash = entry.messageIdHash;
  entry.messageIdHash = messageIdHash;
}

/** Picks what is shown of a description. */
export function describedOf(description: SessionDescription, announcer: string): Described {
  const scope = scopeOfGroups(description.media.flatMap(({ groups }) => groups));
  return {
    title: description.title,
    ...(description.info === null ? {} : { info: description.info }),
    origin: description.origin,
    times: description.times.map(({ start, stop }) => ({ start, stop })),
    media: description.media.map(shownMedia),
    flows: flowsOf(description.media, announcer),
    ...(scope === undefined ? {} : { scope }),
    sdp: description.text,
  };
}

/** Unix ms of the announced end, null when unbounded. */
export function endAtOf(description: Pick<SessionDescription, "endUnixS">): number | null {
  return description.endUnixS === null ? null : description.endUnixS * 1000;
}

/** The entry of a session that was stored; its datagram is not, so the next one is parsed and found to be the same. */
export function entryOf(session: Session, lastHeardMs: number): Entry {
  const { title, info, origin, times, media, flows, scope, sdp } = session;
  const optional = { ...(info === undefined ? {} : { info }), ...(scope === undefined ? {} : { scope }) };
  const endUnixS = endOf(times.map((time) => ({ ...time, repeats: [] })));
  return {
    id: session.id,
    announcer: session.announcer,
    described: { title, ...optional, origin, times, media, flows, sdp },
    messageIdHash: session.messageIdHash,
    header: null,
    formerHash: null,
    replacedHashes: new Map(),
    returns: 0,
    datagram: new Uint8Array(),
    digest: 0,
    hearings: new Map(session.hearings.map((one) => [hearingKey(one.mrouter, one.interface, one.group), one])),
    firstHeardAt: session.firstHeardAt,
    lastHeardAt: session.lastHeardAt,
    lastHeardMs,
    periodMs: session.periodMs,
    graceUntilMs: lastHeardMs,
    endAt: endAtOf({ endUnixS }),
    shownMs: lastHeardMs,
  };
}

/** What tells two places apart at which a session is heard. */
export function hearingKey(mrouter: string | null, interfaceName: string, group: string): string {
  return [mrouter ?? "", interfaceName, group].join("|");
}

function shownMedia(media: MediaDescription): Media {
  const { type, port, portCount, proto, ttl } = media;
  return {
    type,
    port,
    portCount,
    proto,
    formats: [...media.formats],
    groups: [...media.groups],
    ttl,
    sources: [...media.sources],
    ...(media.title === "" ? {} : { title: media.title }),
    ...(media.codec === "" ? {} : { codec: media.codec }),
    ...(media.bandwidthKbps === null ? {} : { bandwidthKbps: media.bandwidthKbps }),
    ...(media.referenceClock === null ? {} : { referenceClock: media.referenceClock }),
    ...(media.mediaClock === null ? {} : { mediaClock: media.mediaClock }),
  };
}

/** Monotonic time at which silence ends the session. */
export function silentUntilMs(entry: Entry, minTimeoutMs: number): number {
  return Math.max(entry.lastHeardMs + timeoutMs(entry.periodMs, minTimeoutMs), entry.graceUntilMs);
}

/** The session as it is shown. */
export function sessionOf(entry: Entry, minTimeoutMs: number): Session {
  const silentAt = entry.lastHeardAt + silentUntilMs(entry, minTimeoutMs) - entry.lastHeardMs;
  return {
    id: entry.id,
    ...entry.described,
    announcer: entry.announcer,
    messageIdHash: entry.messageIdHash,
    hearings: [...entry.hearings.values()],
    firstHeardAt: entry.firstHeardAt,
    lastHeardAt: entry.lastHeardAt,
    periodMs: entry.periodMs === null ? null : Math.round(entry.periodMs),
    expiresAt: Math.round(Math.min(silentAt, entry.endAt ?? silentAt)),
    endsAt: isInstant(entry.endAt) ? entry.endAt : null,
  };
}

/** A description may state any number of seconds. */
function isInstant(at: number | null): boolean {
  return at !== null && at >= 0 && Number.isSafeInteger(at);
}

/** Tells whether a deletion means an older version than the one known, so that it must not end it (RFC 2974 §4). */
export function isStaleDeletion(entry: Entry, messageIdHash: number, origin: Origin): boolean {
  if (messageIdHash === entry.messageIdHash) return false;
  return messageIdHash === entry.formerHash || isLower(origin.sessVersion, entry.described.origin.sessVersion);
}

function isLower(version: string, than: string): boolean {
  const numbers = /^\d{1,40}$/;
  return numbers.test(version) && numbers.test(than) && BigInt(version) < BigInt(than);
}
