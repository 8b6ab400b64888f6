// SPDX-License-Identifier: MIT
import type { Origin } from "@mauth/protocol/api";
import { parseAddress } from "./address.ts";
import { cleanText } from "./text.ts";

/** A media to announce. */
export interface AnnouncedMedia {
  readonly type: string;
  readonly port: number;
  readonly proto: string;
  readonly formats: readonly string[];
  readonly group: string;
  /** Hops; left out for IPv6, which has none in c= (RFC 8866 §5.7). */
  readonly ttl: number;
  /** Include-mode source filter (RFC 4570), none when empty. */
  readonly sources?: readonly string[];
  readonly title?: string;
  /** Values of a= lines, such as "rtpmap:96 L24/48000/2". */
  readonly attributes?: readonly string[];
}

/** A session to announce. */
export interface AnnouncedDescription {
  readonly origin: Origin;
  readonly title: string;
  readonly info?: string;
  /** NTP seconds; unbounded when left out. */
  readonly times?: readonly { readonly start: number; readonly stop: number }[];
  readonly media: readonly AnnouncedMedia[];
}

/** "lf" is for PulseAudio before 17, which refuses CR LF. */
export type LineEnd = "crlf" | "lf";

/** Writes a description in the order v o s c t m i a, which some AES67 devices rely on. */
export function formatSdp(description: AnnouncedDescription, lineEnd: LineEnd = "crlf"): string {
  const { origin, title, info, times = [{ start: 0, stop: 0 }], media } = description;
  const { username, sessId, sessVersion, netType, addrType, address } = origin;
  const lines = [
    "v=0",
    `o=${[username, sessId, sessVersion, netType, addrType, address].map(word).join(" ")}`,
    `s=${cleanText(title) || "-"}`, // "s= " or "-" when there is no name (RFC 8866 §5.3).
    ...(info === undefined ? [] : [`i=${cleanText(info)}`]),
    ...times.map(({ start, stop }) => `t=${start} ${stop}`),
    ...media.flatMap(mediaLines),
  ];
  const end = lineEnd === "crlf" ? "\r\n" : "\n";
  return lines.join(end) + end;
}

function mediaLines(media: AnnouncedMedia): string[] {
  const { type, port, proto, formats, group, ttl, sources = [], title, attributes = [] } = media;
  const address = parseAddress(group);
  const connection = address.family === 6 ? `IN IP6 ${address.text}` : `IN IP4 ${address.text}/${ttl}`;
  const addrType = address.family === 6 ? "IP6" : "IP4";
  return [
    `m=${word(type)} ${port} ${word(proto)} ${formats.map(word).join(" ")}`.trimEnd(),
    ...(title === undefined ? [] : [`i=${cleanText(title)}`]),
    `c=${connection}`,
    ...(sources.length === 0
      ? []
      : [`a=source-filter: incl IN ${addrType} ${address.text} ${sources.map(word).join(" ")}`]),
    ...attributes.map((attribute) => `a=${cleanText(attribute)}`),
  ];
}

/** Keeps a field one word, so that no text from a form can add a field or a line. */
function word(text: string): string {
  return cleanText(text).replaceAll(/\s+/g, "_") || "-";
}
