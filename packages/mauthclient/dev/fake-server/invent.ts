// SPDX-License-Identifier: MIT
import type { Media, Session } from "@mauth/protocol/api";
import { formatIpv4, parseIpv4 } from "@mauth/protocol/ipv4";

/** What an announcer of the scene sends. */
interface Template {
  readonly title: string;
  readonly info?: string;
  readonly ttl: number;
  readonly media: readonly {
    type: string;
    port: number;
    proto: string;
    codec: string;
    kbps?: number;
    title?: string;
  }[];
}

const RTP = "RTP/AVP";
const audio = (codec: string, title?: string) => ({
  type: "audio",
  port: 5004,
  proto: RTP,
  codec,
  kbps: 2304,
  ...(title === undefined ? {} : { title }),
});
const video = (codec: string, kbps: number) => ({ type: "video", port: 5006, proto: RTP, codec, kbps });

/** Sessions such as studios, campuses and IPTV head-ends announce, and a few hostile ones. */
const TEMPLATES: readonly Template[] = [
  { title: "Stage left I/O", ttl: 32, media: [audio("L24/48000/8", "Channels 1-8")] },
  { title: "Stage right I/O", ttl: 32, media: [audio("L24/48000/8", "Channels 1-8")] },
  { title: "Studio B programme", info: "Stereo mix of studio B", ttl: 15, media: [audio("L24/48000/2")] },
  { title: "Commentary 1", ttl: 15, media: [audio("L16/48000/1")] },
  { title: "Commentary 2", ttl: 15, media: [audio("L16/48000/1")] },
  {
    title: "Lecture hall 3: Distributed systems",
    info: "Camera and slides of lecture hall 3",
    ttl: 31,
    media: [
      video("H264/90000", 4500),
      audio("opus/48000/2"),
      { ...video("H264/90000", 1200), title: "Slides", port: 5008 },
    ],
  },
  { title: "Camera 1", ttl: 16, media: [video("raw/90000", 1_036_800), audio("L24/48000/4")] },
  { title: "Camera 2 (ISO)", ttl: 16, media: [video("jxsv/90000", 180_000), audio("L24/48000/4")] },
  { title: "Multiviewer", ttl: 16, media: [video("H265/90000", 20_000)] },
  {
    title: "News channel",
    info: "Head-end A",
    ttl: 63,
    media: [{ type: "video", port: 1234, proto: "udp", codec: "MP2T/90000", kbps: 8000 }],
  },
  {
    title: "Sports channel",
    info: "Head-end A",
    ttl: 63,
    media: [{ type: "video", port: 1234, proto: "udp", codec: "MP2T/90000", kbps: 12_000 }],
  },
  {
    title: "Seminar whiteboard",
    ttl: 127,
    media: [{ type: "application", port: 4206, proto: "udp", codec: "wb" }, audio("PCMU/8000")],
  },
  { title: "PTP monitor", ttl: 1, media: [{ type: "application", port: 319, proto: "udp", codec: "ptp" }] },
  { title: "Paging zone 4", ttl: 8, media: [audio("L16/48000/1")] },
  { title: "<img src=x onerror=alert(document.domain)>", ttl: 15, media: [audio("L16/44100/2")] },
  { title: `Unbroken ${"title".repeat(40)}`, ttl: 255, media: [audio("L24/96000/2")] },
  { title: "", ttl: 15, media: [audio("L16/44100/2")] },
  { title: "شبكة البث المباشر", ttl: 15, media: [audio("L24/48000/2")] },
];

const SOURCE_NETWORKS = ["192.0.2.0", "198.51.100.0", "203.0.113.0"].map((text) => parseIpv4(text) ?? 0);
const GROUP_NETWORK = parseIpv4("233.252.0.0") ?? 0;
const NTP_EPOCH_OFFSET_S = 2_208_988_800;

/** Invents session number `index`, first heard `ageMs` before `nowMs`. */
export function inventSession(index: number, nowMs: number, ageMs: number): Session {
  const template = TEMPLATES[index % TEMPLATES.length];
  if (template === undefined) throw new Error("no templates");
  const source = inventSource(index);
  const media = template.media.map((one, at): Media => inventMedia(one, template.ttl, inventGroup(index, at)));
  const flows = media.flatMap((one) => one.groups.map((group) => ({ source, group, ttl: one.ttl })));
  const round = Math.floor(index / TEMPLATES.length);
  const title = round === 0 || template.title === "" ? template.title : `${template.title} · ${round + 1}`;
  const origin = {
    username: "-",
    sessId: String(3_900_000_000 + index * 17),
    sessVersion: String(3_900_000_000 + index * 17),
    netType: "IN",
    addrType: "IP4",
    address: source,
  };
  const session = {
    id: (0x5e55_0000_0000 + index).toString(16).padStart(16, "0"),
    title,
    ...(template.info === undefined ? {} : { info: template.info }),
    origin,
    announcer: source,
    messageIdHash: (index * 7919 + 1) & 0xffff,
    times: [{ start: Math.floor(nowMs / 1000) + NTP_EPOCH_OFFSET_S, stop: 0 }],
    media,
    flows,
    hearings: [{ mrouter: null, interface: "lan0", group: "239.255.255.255", lastHeardAt: nowMs }],
    firstHeardAt: nowMs - ageMs,
    lastHeardAt: nowMs - (index % 30) * 1000,
    periodMs: 30_000,
    expiresAt: nowMs + 3_600_000,
    sdp: "",
  };
  return { ...session, sdp: formatSdp(session) };
}

/** One of 756 hosts. */
export function inventSource(index: number): string {
  const network = SOURCE_NETWORKS[index % 3] ?? 0;
  return formatIpv4(network + 10 + (Math.floor(index / 3) % 240));
}

/** Every pair of the scene is its own; groups repeat, because documentation has only 256 of them. */
export function inventGroup(index: number, at: number): string {
  return formatIpv4(GROUP_NETWORK + 1 + ((index * 3 + at + Math.floor(index / 720)) % 240));
}

function inventMedia(one: Template["media"][number], ttl: number, group: string): Media {
  return {
    type: one.type,
    port: one.port,
    portCount: 1,
    proto: one.proto,
    formats: [one.proto === RTP ? "96" : one.codec],
    groups: [group],
    ttl,
    sources: [],
    codec: one.codec,
    ...(one.kbps === undefined ? {} : { bandwidthKbps: one.kbps }),
    ...(one.title === undefined ? {} : { title: one.title }),
  };
}

function formatSdp(session: Session): string {
  const { username, sessId, sessVersion, address } = session.origin;
  const lines = ["v=0", `o=${username} ${sessId} ${sessVersion} IN IP4 ${address}`, `s=${session.title || " "}`];
  if (session.info !== undefined) lines.push(`i=${session.info}`);
  lines.push("t=0 0");
  for (const media of session.media) {
    lines.push(`m=${media.type} ${media.port} ${media.proto} ${media.formats.join(" ")}`);
    lines.push(`c=IN IP4 ${media.groups[0] ?? ""}/${media.ttl ?? ""}`);
    if (media.proto === RTP) lines.push(`a=rtpmap:96 ${media.codec ?? ""}`);
  }
  return `${lines.join("\r\n")}\r\n`;
}
