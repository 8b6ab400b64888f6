// SPDX-License-Identifier: MIT

/** Static payload types (RFC 3551 §6) that announcers use without an a=rtpmap. */
const STATIC_PAYLOAD_TYPES: Readonly<Record<string, string>> = {
  0: "PCMU/8000",
  3: "GSM/8000",
  4: "G723/8000",
  5: "DVI4/8000",
  7: "LPC/8000",
  8: "PCMA/8000",
  9: "G722/8000",
  10: "L16/44100/2",
  11: "L16/44100/1",
  14: "MPA/90000",
  15: "G728/8000",
  18: "G729/8000",
  26: "JPEG/90000",
  31: "H261/90000",
  32: "MPV/90000",
  33: "MP2T/90000",
  34: "H263/90000",
};

/** Summarises the first format: its a=rtpmap value, else the static payload type of RTP, else the format as written. */
export function codecOf(format: string | undefined, rtpmap: string | undefined): string {
  if (rtpmap !== undefined) return rtpmap;
  return STATIC_PAYLOAD_TYPES[format ?? ""] ?? format ?? "";
}
