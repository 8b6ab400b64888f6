// SPDX-License-Identifier: MIT
import type { SapPacket } from "../sap/packet.ts";
import type { SessionDescription } from "../sdp/description.ts";
import { HEARINGS_MAX, describedOf, endAtOf, hearingKey } from "./entry.ts";
import type { Entry } from "./entry.ts";
import type { Heard, Now } from "./heard.ts";

/** An announcement that was read, and the circumstances. */
export interface Announcement {
  readonly packet: SapPacket;
  readonly description: SessionDescription;
  readonly heard: Heard;
  readonly digest: number;
  readonly now: Now;
}

/** The part of an entry that each new version replaces. The datagram is copied: the receive buffer is not ours. */
export function contentOf({
  description,
  heard,
  digest,
}: Announcement): Pick<Entry, "described" | "datagram" | "digest" | "endAt"> {
  return {
    described: describedOf(description, heard.source),
    datagram: new Uint8Array(heard.bytes), // Not `slice`, which copies nothing of a Buffer.
    digest,
    endAt: endAtOf(description),
  };
}

/** The part of a SAP header by which a deletion without o= is matched, the hash apart. */
export function headerOf({ originatingSource, authenticated }: SapPacket): NonNullable<Entry["header"]> {
  return { originatingSource, authenticated };
}

/** Tells whether the last announcement of an entry had this header. */
export function hasHeader(entry: Entry, packet: SapPacket): boolean {
  const { originatingSource, authenticated } = entry.header ?? packet;
  if (entry.messageIdHash !== packet.messageIdHash) return false;
  return originatingSource === packet.originatingSource && authenticated === packet.authenticated;
}

/** Tells whether an announced end has passed. */
export function isEnded(endAt: number | null, now: Now): boolean {
  return endAt !== null && now.wallMs >= endAt;
}

/** A damaged copy must not empty a session: a true modification changes its hash or is no mere beginning of the old text. */
export function isCutOff(known: Entry, packet: SapPacket, description: SessionDescription): boolean {
  const { sdp } = known.described;
  const isBeginning = description.text.length < sdp.length && sdp.startsWith(description.text);
  return isBeginning && packet.messageIdHash === known.messageIdHash;
}

/** Notes where the session was heard; returns whether that place is new. */
export function noteHearing(entry: Entry, heard: Heard, now: Now): boolean {
  const key = hearingKey(heard.mrouter, heard.interface, heard.sapGroup);
  const isNew = !entry.hearings.has(key);
  if (isNew && entry.hearings.size >= HEARINGS_MAX) return false;
  const { mrouter, sapGroup } = heard;
  entry.hearings.set(key, { mrouter, interface: heard.interface, group: sapGroup, lastHeardAt: now.wallMs });
  return isNew;
}
