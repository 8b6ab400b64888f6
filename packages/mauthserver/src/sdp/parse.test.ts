// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import type { MediaDescription, SessionDescription } from "./description.ts";
import { parseSdp } from "./parse.ts";

const O = "o=jdoe 1 2 IN IP4 192.0.2.1";

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

function parsed(...lines: string[]): SessionDescription {
  const description = parseSdp(bytesOf(`${lines.join("\r\n")}\r\n`));
  if (!description.ok) throw new Error(description.reason);
  return description.value;
}

/** The media of a description that has the usual head. */
function mediaOf(...lines: string[]): readonly MediaDescription[] {
  return parsed("v=0", O, "s=x", "t=0 0", ...lines).media;
}

function groupsOf(...lines: string[]): (readonly string[])[] {
  return mediaOf(...lines).map((media) => media.groups);
}

function reasonOf(text: string): string {
  const description = parseSdp(bytesOf(text));
  return description.ok ? "accepted" : description.reason;
}

describe("what makes a description", () => {
  it.each([
    ["v=0\nv=0", "no-origin"],
    ["v=0", "no-origin"],
    [`v=1\n${O}`, "not-sdp"],
    [`v=\n${O}`, "not-sdp"],
    [O, "not-sdp"],
    ["", "not-sdp"],
    [`s=x\nv=0\n${O}`, "not-sdp"],
    [`v=0\n${O}\n`, "accepted"],
    [`v=0\n${O}`, "no-origin"], // the o= line may be cut off
    [`\r\n\r\nv=0\n${O}\n`, "accepted"],
    [`\u00ef\u00bb\u00bfv=0\n${O}\n`, "accepted"], // a byte order mark in UTF-8
  ])("[SDP-1] %j is %s", (text, reason) => {
    expect(reasonOf(text)).toBe(reason);
  });

  it("[SDP-1] lines may be unknown, malformed or in any order", () => {
    const description = parsed(
      "v=0",
      "s=Title",
      "xyz",
      "f=what",
      "q=",
      "a=tool:here",
      "m=audio 5004 RTP/AVP 0",
      O,
      "t=0 0",
    );
    expect(description).toMatchObject({
      title: "Title",
      tool: "here",
      origin: { username: "jdoe" },
      times: [{ start: 0 }],
    });
  });

  it("[SDP-2] the last five fields of o= count, and ids stay text", () => {
    const id = "9".repeat(40);
    expect(parsed("v=0", `o=two words ${id} 18446744073709551616 IN IP6 host.example`).origin).toEqual({
      username: "two words",
      sessId: id,
      sessVersion: "18446744073709551616",
      netType: "IN",
      addrType: "IP6",
      address: "host.example",
    });
    expect(reasonOf("v=0\no=- 1 2 IN IP4\n")).toBe("no-origin");
  });

  it("[SDP-3] CR LF, LF and CR end a line, and a NUL the description", () => {
    const lines = ["v=0", O, "s=x", "m=audio 5004 RTP/AVP 0", "c=IN IP4 233.252.0.1/15"];
    for (const end of ["\r\n", "\n", "\r", "\r\r\n"])
      expect(reasonOf(lines.join(end)), JSON.stringify(end)).toBe("accepted");
    const { media } = parsed(...lines, "\0m=video 1 udp 33");
    expect(media).toMatchObject([{ type: "audio", groups: ["233.252.0.1"] }]);
  });

  it("[SDP-13] a second v= line ends it", () => {
    const { title, media } = parsed("v=0", O, "s=one", "v=0", "s=two", "m=audio 5004 RTP/AVP 0");
    expect([title, media.length]).toEqual(["one", 0]);
  });
});

describe("text", () => {
  it.each([
    ["a=charset:koi8-r", "\u00f0\u00c5\u00d2\u00d7\u00d9\u00ca", "Первый"],
    ["a=charset:ISO-8859-2", "\u00a3\u00f3d\u00bc", "Łódź"],
    ["a=charset:shift_jis", "\u0083e\u0083X\u0083g", "テスト"],
    ["a=charset:UTF-8", "\u00c3\u00a9t\u00c3\u00a9", "été"],
    ["a=x:y", "\u00c3\u00a9t\u00c3\u00a9", "été"],
    ["a=x:y", "\u00e9t\u00e9", "été"],
    ["a=charset:nonsense", "\u00e9t\u00e9", "été"],
    ["a=charset:utf-16le", "\u00c3\u00a9t\u00c3\u00a9", "été"],
    ["a=charset:utf-8", "\u00e9t\u00e9", "été"],
  ])("[SDP-4] with %s the title %j reads %s", (attribute, title, text) => {
    expect(parsed("v=0", O, `s=${title}`, attribute).title).toBe(text);
  });

  it("[SDP-4] control and bidirectional characters never reach a title", () => {
    const reversed = Buffer.from("\u202egnp.exe\u2066", "utf8").toString("latin1");
    expect(parsed("v=0", O, `s= a\u001b[31m\u0007b${reversed}\tc `).title).toBe("a[31mbgnp.exe c");
  });
});

describe("groups", () => {
  const M = "m=video 49170 RTP/AVP 31";

  it.each([
    ["c=IN IP4 233.252.0.1/127", ["233.252.0.1"], 127],
    ["c=IN IP4 233.252.0.1/127/3", ["233.252.0.1", "233.252.0.2", "233.252.0.3"], 127],
    ["c=IN IP4 233.252.0.255/1/2", ["233.252.0.255", "233.252.1.0"], 1],
    ["c=IN IP4 233.252.0.1 /7", ["233.252.0.1"], 7],
    ["c=IN IP4 233.252.0.1", ["233.252.0.1"], null],
    ["c=IN IP6 FF1E:0:0::1", ["ff1e::1"], null],
    ["c=IN IP6 ff15::ffff/2", ["ff15::ffff", "ff15::1:0"], null],
    ["c=IN IP4 ff15::1", ["ff15::1"], null],
  ])("[SDP-5] %s means %j", (line, groups, ttl) => {
    expect(mediaOf(M, line)).toMatchObject([{ groups, ttl }]);
  });

  it("[SDP-5] several c= lines add up, each group once", () => {
    const lines = ["c=IN IP4 233.252.0.2/127", "c=IN IP4 233.252.0.1/127/2", "c=IN IP4 233.252.0.9/127"];
    expect(groupsOf(M, ...lines)).toEqual([["233.252.0.2", "233.252.0.1", "233.252.0.9"]]);
  });

  it("[SDP-5] c= of the session serves each media without its own", () => {
    const all = groupsOf("c=IN IP4 233.252.0.1/9", M, M, "c=IN IP4 233.252.0.2/9");
    expect(all).toEqual([["233.252.0.1"], ["233.252.0.2"]]);
  });

  it.each([
    ["c=IN IP4 233.252.0.1/16/257", 16],
    ["c=IN IP4 233.252.0.1/16/4294967295", 16],
    ["c=IN IP4 233.252.0.1/16/0", 16],
    ["c=IN IP4 233.252.0.1/16/x", 16],
    ["c=IN IP4 233.252.0.1/256", null],
    ["c=IN IP4 233.252.0.1/-1", null],
    ["c=IN IP4 233.252.0.1/", null],
  ])("[SDP-6] %s means its first address", (line, ttl) => {
    expect(mediaOf(M, line)).toMatchObject([{ groups: ["233.252.0.1"], ttl }]);
  });

  it("[SDP-6] a range ends with the multicast addresses, and 256 are the most", () => {
    expect(groupsOf(M, "c=IN IP4 239.255.255.255/1/2")).toEqual([["239.255.255.255"]]);
    expect(groupsOf(M, "c=IN IP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/2")[0]).toHaveLength(1);
    expect(groupsOf(M, "c=IN IP4 233.252.0.0/1/256")[0]).toHaveLength(256);
  });

  it("[SDP-7] host names and unicast addresses are no groups", () => {
    const lines = ["c=IN IP4 host.example/127", "c=IN IP4 192.0.2.9", "c=IN IP6 2001:DB8::9", "c=IN IP4 233.252.000.1"];
    expect(mediaOf(M, ...lines)).toMatchObject([
      { groups: [], hosts: ["host.example", "233.252.000.1"], unicast: ["192.0.2.9", "2001:db8::9"], ttl: null },
    ]);
    expect(parsed("v=0", O, M, lines[0] ?? "").multicast).toBe(false);
  });
});

function kbps(...lines: string[]): unknown[] {
  return mediaOf(...lines).map((media) => media.bandwidthKbps);
}

describe("media", () => {
  it.each([
    ["m=video 49170/2 RTP/AVP 31", { type: "video", port: 49_170, portCount: 2, proto: "RTP/AVP", formats: ["31"] }],
    ["m=audio 5004 RTP/AVP", { port: 5004, portCount: 1, proto: "RTP/AVP", formats: [] }],
    ["m=video 1234", { port: 1234, proto: "", formats: [] }],
    ["m=whiteboard 32416 UDP WB", { type: "whiteboard", proto: "UDP", formats: ["WB"] }],
    ["m=audio  65535   RTP/AVP  0  8 ", { port: 65_535, formats: ["0", "8"] }],
    ["m=audio 0 RTP/AVP 0", { port: 0 }],
    ["m=audio 5004/0 RTP/AVP 0", { portCount: 1 }],
  ])("[SDP-8] %s is read", (line, expected) => {
    expect(mediaOf(line)).toMatchObject([expected]);
  });

  it.each(["m=audio", "m=", "m=audio 65536 RTP/AVP 0", "m=audio 4294967296 RTP/AVP 0", "m=audio -1 RTP/AVP 0"])(
    "[SDP-8] the lines of %s fall to no other media",
    (line) => {
      const media = mediaOf("m=audio 5004 RTP/AVP 0", line, "c=IN IP4 233.252.0.9/1", "a=rtpmap:0 X/1", "i=other");
      expect(media).toMatchObject([{ groups: [], codec: "PCMU/8000", title: "" }]);
    },
  );

  it.each([
    [["m=audio 1 RTP/AVP 96", "a=rtpmap:97 opus/48000/2", "a=rtpmap:96 L24/48000/8"], "L24/48000/8"],
    [["m=audio 1 RTP/AVP 10"], "L16/44100/2"],
    [["m=video 1 udp mpeg"], "mpeg"],
    [["m=video 1"], ""],
  ])("[SDP-11] %j is summarised as %s", (lines, codec) => {
    expect(mediaOf(...lines)[0]?.codec).toBe(codec);
  });

  it("[SDP-11] b= is in kbit/s, and that of the session counts for a media that is alone", () => {
    const m = "m=audio 1 RTP/AVP 0";
    expect(kbps(m, "b=AS:256", m, "b=TIAS:64500", m, "b=X-YZ:1", m, "b=AS:x")).toEqual([256, 64.5, null, null]);
    expect(kbps("b=CT:1000", m)).toEqual([1000]);
    expect(kbps("b=CT:1000", m, m)).toEqual([null, null]);
  });

  it("[SDP-12] clocks apply to a media or to all", () => {
    const clock = "ptp=IEEE1588-2008:39-A7-94-FF-FE-07-CB-D0:37";
    const media = mediaOf(
      `a=ts-refclk:${clock}`,
      "m=audio 1 RTP/AVP 0",
      "a=mediaclk:direct=0",
      "m=video 1 RTP/AVP 31",
      "a=ts-refclk:local",
    );
    expect(media).toMatchObject([
      { referenceClock: clock, mediaClock: "direct=0" },
      { referenceClock: "local", mediaClock: null },
    ]);
  });
});

const filter = (text: string): string => `a=source-filter:${text}`;

describe("source filters", () => {
  const M = ["m=audio 1 RTP/AVP 0", "c=IN IP4 233.252.0.1/1/3"] as const;
  it.each([
    [" incl IN IP4 233.252.0.1 192.0.2.1", ["192.0.2.1"]],
    ["incl IN IP4 233.252.0.3 192.0.2.1 192.0.2.2 192.0.2.1", ["192.0.2.1", "192.0.2.2"]],
    [" incl IN IP4 * 192.0.2.1", ["192.0.2.1"]],
    [" incl IN * 233.252.0.1/32 192.0.2.1", ["192.0.2.1"]],
    [" incl IN IP4 233.252.0.4 192.0.2.1", []],
    [" excl IN IP4 233.252.0.1 192.0.2.1", []],
    [" incl IN IP4 233.252.0.1", []],
    [" incl", []],
    [" only IN IP4 * 192.0.2.1", []],
  ])("[SDP-9] %j names %j", (value, sources) => {
    expect(mediaOf(...M, filter(value))).toMatchObject([{ sources }]);
  });

  it("[SDP-9] those of a media replace the session's; exclude-mode sources are kept apart", () => {
    const media = mediaOf(filter("incl IN IP4 * 192.0.2.1"), ...M, ...M, filter("excl IN IP4 * 192.0.2.66"));
    expect(media).toMatchObject([{ sources: ["192.0.2.1"] }, { sources: [], sourcesExcluded: ["192.0.2.66"] }]);
  });

  it("[SDP-9] an IPv6 filter covers the group however it is spelled", () => {
    const media = mediaOf("m=audio 1 RTP/AVP 0", "c=IN IP6 FF1E::0:1", filter("incl IN IP6 ff1e:0::1 2001:DB8::A"));
    expect(media).toMatchObject([{ sources: ["2001:db8::a"] }]);
  });
});

describe("times", () => {
  it.each([
    [["t=0 0"], null],
    [["t=3724394400 3730536000", "t=3724484400 3724488000"], 1_521_547_200],
    [["t=3724394400 3730536000", "t=0 0"], null],
    [["t=3724394400 0"], null],
    [["t=abc"], null],
    [[], null],
  ])("[SDP-10] %j ends at %s", (lines, endUnixS) => {
    expect(parsed("v=0", O, ...lines).endUnixS).toBe(endUnixS);
  });

  it("[SDP-10] r= is read in seconds and in units, and what is malformed is left out", () => {
    const { times, notes } = parsed(
      "v=0",
      O,
      "r=1 2",
      "t=1 2",
      "r=604800 3600 0 90000",
      "r=7d 1h 0 25h",
      "r=1x",
      "r=7d",
    );
    expect(times).toEqual([
      {
        start: 1,
        stop: 2,
        repeats: [
          [604_800, 3600, 0, 90_000],
          [604_800, 3600, 0, 90_000],
        ],
      },
    ]);
    expect(notes).toHaveLength(3);
  });
});

const repeated = (count: number, line: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => line(index));

describe("limits", () => {
  it("[SDP-14] 64 media are kept, and 64 times", () => {
    const {
      media,
      times: kept,
      notes,
    } = parsed("v=0", O, ...repeated(65, () => "t=0 0"), ...repeated(65, () => "m=audio 1 RTP/AVP 0"));
    expect([media.length, kept.length, notes.length]).toEqual([64, 64, 2]);
  });

  it("[SDP-14] 1024 groups are kept in all", () => {
    const { media, notes } = parsed(
      "v=0",
      O,
      "c=IN IP4 233.252.0.0/1/256",
      ...repeated(5, () => "m=audio 1 RTP/AVP 0"),
    );
    expect(media.map((one) => one.groups.length)).toEqual([256, 256, 256, 256, 0]);
    expect(notes).toEqual(["more than 1024 groups: the rest is left out"]);
  });

  it("[SDP-14] 64 sources are kept of a filter", () => {
    const sources = repeated(100, (index) => `198.51.100.${index}`).join(" ");
    const media = mediaOf("m=audio 1 RTP/AVP 0", "c=IN IP4 233.252.0.1", `a=source-filter: incl IN IP4 * ${sources}`);
    expect(media[0]?.sources).toHaveLength(64);
  });
});
