// SPDX-License-Identifier: MIT
import type { AnnouncementRequest } from "@mauth/protocol/api";
import type { AnnouncedMedia } from "../sdp/format.ts";

interface Template {
  readonly type: string;
  readonly codec: string;
  /** Payload type of that codec; any other one gets the first dynamic payload type (RFC 3551 §6). */
  readonly payloadType: number;
  readonly attributes: readonly string[];
}

const PAYLOAD_TYPE_DYNAMIC = 96;

const TEMPLATES: Readonly<Record<AnnouncementRequest["purpose"], Template>> = {
  audio: { type: "audio", codec: "L16/48000/2", payloadType: PAYLOAD_TYPE_DYNAMIC, attributes: [] },
  video: { type: "video", codec: "MP2T/90000", payloadType: 33, attributes: [] },
  // 1 ms packets and a media clock without an offset are what every AES67 device understands.
  aes67: {
    type: "audio",
    codec: "L24/48000/2",
    payloadType: PAYLOAD_TYPE_DYNAMIC,
    attributes: ["ptime:1", "recvonly", "mediaclk:direct=0"],
  },
};

/** The codec that is announced. */
export function codecOf({ purpose, codec }: Pick<AnnouncementRequest, "purpose" | "codec">): string {
  return codec ?? TEMPLATES[purpose].codec;
}

/** The one media of an announcement, from the template of its purpose. */
export function mediaOf(request: AnnouncementRequest, group: string): AnnouncedMedia {
  const template = TEMPLATES[request.purpose];
  const codec = codecOf(request);
  const payloadType = codec === template.codec ? template.payloadType : PAYLOAD_TYPE_DYNAMIC;
  const clock = request.referenceClock === undefined ? [] : [`ts-refclk:${request.referenceClock}`];
  return {
    type: template.type,
    port: request.port,
    proto: "RTP/AVP",
    formats: [String(payloadType)],
    group,
    ttl: request.ttl,
    sources: request.sources,
    attributes: [`rtpmap:${payloadType} ${codec}`, ...template.attributes, ...clock, ...request.attributes],
  };
}
