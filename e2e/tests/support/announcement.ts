// SPDX-License-Identifier: MIT
import type { Lab } from "../../lab/lab.ts";
import { SAP_GROUPS, SAP_PORT } from "../../lab/services.ts";

export interface Announced {
  readonly title: string;
  /** Tells sessions of one originator apart; below 65,536. */
  readonly number: number;
  readonly source: string;
  readonly group: string;
  readonly ttl?: number;
  readonly media?: "audio" | "video";
}

const PAYLOAD = { audio: "L16/48000/2", video: "H264/90000" } as const;

/** A session description (RFC 8866) of one media stream to port 5004. */
export function descriptionOf({ title, number, source, group, ttl = 15, media = "audio" }: Announced): string {
  return [
    "v=0",
    `o=${number} ${4_000_000_000 + number} 1 IN IP4 ${source}`,
    `s=${title}`,
    `i=${title}`,
    "t=0 0",
    `m=${media} 5004 RTP/AVP 96`,
    `c=IN IP4 ${group}/${ttl}`,
    `i=${title}`,
    `a=rtpmap:96 ${PAYLOAD[media]}`,
    "",
  ].join("\r\n");
}

/** An announcement of it (RFC 2974 §6: version 1, IPv4, the hash, the originating source). */
export function announcementOf(session: Announced): Uint8Array {
  const head = Buffer.from([0x20, 0, 0, 0, ...session.source.split(".").map(Number)]);
  head.writeUInt16BE(0x1000 + session.number, 2);
  return Buffer.concat([head, Buffer.from("application/sdp\0"), Buffer.from(descriptionOf(session))]);
}

/** Announces each session once, from the host that is their source. */
export async function announce(lab: Lab, host: "permitted" | "rogue", sessions: readonly Announced[]): Promise<void> {
  const sap = lab.exchange(host, { address: SAP_GROUPS[0], port: SAP_PORT, packetsPerSecond: 50 });
  for (const session of sessions) sap.send(announcementOf(session));
  await sap.stop();
}
