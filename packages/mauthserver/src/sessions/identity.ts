// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import type { Origin } from "@mauth/protocol/api";
import { originIdentity } from "../sdp/origin.ts";

/** What an announcement or a deletion says about which session it means. */
export interface Claim {
  /** Unicast source of the UDP packet: the only part that is hard to forge from another host. */
  readonly source: string;
  readonly authenticated: boolean;
  readonly messageIdHash: number;
  readonly originatingSource: string;
  readonly origin: Origin;
  /** Several sessions of the source are known to share this o=. */
  readonly isShared?: boolean;
}

/**
 * The id of the session that a packet means: its UDP source and the o= line without version. ffmpeg and others write
 * the sess-id 0 in every session, so there the SAP header takes its place. Never the SAP header alone:
 * miniSAPserver and PipeWire 0.3 send the same one from every host. Signed and unsigned never mix (RFC 2974 §5).
 */
export function sessionId(claim: Claim): string {
  const { source, authenticated, messageIdHash, originatingSource, origin, isShared = false } = claim;
  const header = `${originatingSource} ${messageIdHash}`;
  const isWeak = isShared || /^0+$/.test(origin.sessId);
  const distinct = isWeak ? header : originIdentity(origin);
  return createHash("sha256")
    .update([source, authenticated ? "signed" : "", distinct].join("\n"))
    .digest("hex")
    .slice(0, 16);
}

/** A 32-bit digest (FNV-1a) to find a datagram that was heard before; equality is then decided on all bytes. */
export function quickDigest(bytes: Uint8Array): number {
  let digest = 0x811c9dc5;
  for (let index = 0; index < bytes.length; index += 1) digest = Math.imul(digest ^ (bytes[index] ?? 0), 0x01000193);
  return digest >>> 0;
}

/** Tells whether two datagrams are the same. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  // A loop, because this is what every refresh costs: `every` takes five times as long.
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}
