// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { formatSdp } from "./format.ts";
import { parseSdp } from "./parse.ts";

const origin = {
  username: "-",
  sessId: "3724394400",
  sessVersion: "1",
  netType: "IN",
  addrType: "IP4",
  address: "192.0.2.1",
};
const audio = {
  type: "audio",
  port: 5004,
  proto: "RTP/AVP",
  formats: ["96"],
  group: "233.252.0.1",
  ttl: 15,
  sources: ["192.0.2.1"],
  title: "left and right",
  attributes: ["rtpmap:96 L24/48000/2", "ptime:1"],
};

it("[SDP-16] a description is written in the order that AES67 devices rely on", () => {
  expect(formatSdp({ origin, title: "Stage", media: [audio] })).toBe(
    [
      "v=0",
      "o=- 3724394400 1 IN IP4 192.0.2.1",
      "s=Stage",
      "t=0 0",
      "m=audio 5004 RTP/AVP 96",
      "i=left and right",
      "c=IN IP4 233.252.0.1/15",
      "a=source-filter: incl IN IP4 233.252.0.1 192.0.2.1",
      "a=rtpmap:96 L24/48000/2",
      "a=ptime:1",
      "",
    ].join("\r\n"),
  );
  expect(formatSdp({ origin, title: "Stage", media: [audio] }, "lf")).not.toContain("\r");
});

it("[SDP-16] IPv6 has no TTL, and times are written when stated", () => {
  const text = formatSdp({
    origin,
    title: "",
    times: [{ start: 1, stop: 2 }],
    media: [{ ...audio, group: "ff1e::1" }],
  });
  expect(text).toContain("\r\nc=IN IP6 ff1e::1\r\n");
  expect(text).toContain("\r\ns=-\r\nt=1 2\r\n");
});

it("[SDP-16] no text can add a line or a field", () => {
  const evil = {
    ...audio,
    type: "audio 9 x\r\nc=IN IP4 233.252.0.9",
    title: "a\nm=video 1 udp 33",
    attributes: ["x\r\nm=audio 1 udp 1"],
  };
  const text = formatSdp({
    origin: { ...origin, username: "a b\r\nv=0" },
    title: "t\r\nc=IN IP4 233.252.0.8/1",
    media: [evil],
  });
  const description = parseSdp(new TextEncoder().encode(text));
  expect(description).toMatchObject({ ok: true, value: { media: [{ groups: ["233.252.0.1"] }] } });
  expect(description.ok && description.value.media).toHaveLength(1);
});
