// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { inspect } from "./inspect.ts";

const CORPUS = path.join(import.meta.dirname, "../test/corpus");
const scratch = mkdtempSync(path.join(tmpdir(), "mauth-inspect-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(CORPUS, file), "utf8"));
}

interface Report {
  readonly [key: string]: unknown;
  readonly media?: readonly Record<string, unknown>[];
}

async function reportsOf(...argv: string[]): Promise<Report[]> {
  const reports: Report[] = [];
  const exitCode = await inspect(argv, (line) => reports.push(JSON.parse(line) as Report));
  expect(exitCode).toBe(0);
  return reports;
}

async function reportOf(file: string): Promise<Report> {
  const [report] = await reportsOf(path.join(CORPUS, file));
  return report ?? {};
}

describe("every description of the corpus", () => {
  const manifest = readJson("sdp/manifest.json") as { file: string; shows: string; expect: Report }[];
  it.each(manifest.map((entry) => [entry.file, entry] as const))("reads %s as a person would", async (file, entry) => {
    const { reason: _, media = [], notes: __, ...fields } = entry.expect;
    const report = await reportOf(`sdp/${file}`);
    expect(report).toMatchObject(fields);
    if (fields["verdict"] === "accept") expect(report["media"]).toHaveLength(media.length);
    for (const [index, one] of media.entries()) {
      const nothingElse = { unicast: undefined, hosts: undefined, sourcesExcluded: undefined };
      expect({ ...nothingElse, ...report.media?.[index] }).toMatchObject({ ...nothingElse, ...one });
    }
  });
});

describe("every datagram of the corpus", () => {
  interface Datagram {
    readonly file: string;
    readonly verdict: string;
    readonly why: string;
    readonly expect?: { title?: string; groups?: string[]; port?: number; ttl?: number };
    readonly active?: boolean;
    readonly maxMs?: number;
  }
  const manifest = readJson("datagrams/manifest.json") as Datagram[];
  it.each(manifest.map((entry) => [entry.file, entry.why, entry] as const))("judges %s: %s", async (file, _, entry) => {
    const startMs = performance.now();
    const report = await reportOf(`datagrams/${file}`);
    expect(performance.now() - startMs).toBeLessThan(entry.maxMs ?? 200);
    if (entry.verdict !== "either") expect(report["verdict"]).toBe(entry.verdict);
    if (entry.active === false) expect(report["verdict"]).toBe("reject");
    if (entry.expect === undefined) return;
    const { title, groups, port, ttl } = entry.expect;
    expect(report["session"]).toMatchObject({ title, media: [{ groups, port, ttl }] });
  });
});

describe("every capture of the corpus", () => {
  interface Expected {
    readonly sessions: {
      title: string;
      udpSource: string;
      sapOrigin: string;
      announcements: number;
      deleted: boolean;
      media: unknown[];
    }[];
    readonly activeAtEnd: string[];
    readonly packetList: { t: number; activeAfter: number }[];
  }
  const manifest = readJson("pcap/manifest.json") as { file: string; what: string }[];
  it.each(manifest.map(({ file, what }) => [file, what] as const))("follows %s: %s", async (file) => {
    const expected = readJson(`pcap/${file.replace(".pcap", ".expected.json")}`) as Expected;
    const moments = expected.packetList.map(({ t }) => t + 0.002); // Between two packets: times are rounded to ms.
    const at = moments.flatMap((moment) => ["--at", String(moment)]);
    const [summary, ...moment] = await reportsOf(...at, path.join(CORPUS, "pcap", file));
    expect(summary?.["activeAtEnd"]).toEqual(expected.activeAtEnd);
    expect(summary?.["sessions"]).toMatchObject(
      expected.sessions.map(({ title, udpSource, sapOrigin, announcements, deleted, media }) => ({
        title,
        announcer: udpSource,
        originatingSource: sapOrigin,
        announcements,
        media,
        ended: deleted ? "deleted" : null,
      })),
    );
    const isLastOfMoment = (index: number) => (moments[index + 1] ?? Infinity) - (moments[index] ?? 0) > 0.003;
    for (const [index, { activeAfter }] of expected.packetList.entries())
      if (isLastOfMoment(index)) expect(moment[index]?.["active"], `after packet ${index}`).toHaveLength(activeAfter);
  });
});

/** One announcement, 60 s later another packet; Ethernet frames written by hand. */
function capture(options: {
  readonly little: boolean;
  readonly nanoseconds: boolean;
  readonly vlan: boolean;
}): Uint8Array {
  const sap = readFileSync(path.join(CORPUS, "datagrams/ok-plain.bin"));
  const udp = Buffer.from([0x9c, 0x40, 0x26, 0x93, 0, sap.length + 8, 0, 0]);
  const ip = Buffer.from("4500000000000000ff110000c000020aefffffff", "hex");
  ip.writeUInt16BE(28 + sap.length, 2);
  const mac = Buffer.from("01005e7fffff020000000001", "hex");
  const frame = Buffer.concat([mac, Buffer.from(options.vlan ? "810000640800" : "0800", "hex"), ip, udp, sap]);
  const uint32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (options.little) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const version = options.little ? "02000400" : "00020004";
  const header = [uint32(options.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4), Buffer.from(version, "hex")];
  const words = [...header, ...[0, 0, 65_535, 1].map(uint32)];
  for (const second of [1_800_000_000, 1_800_000_060])
    words.push(...[second, options.nanoseconds ? 500_000_000 : 500_000, frame.length, frame.length].map(uint32), frame);
  return Buffer.concat(words);
}

describe("a capture", () => {
  it.each([
    { little: true, nanoseconds: false, vlan: false },
    { little: false, nanoseconds: false, vlan: true },
    { little: true, nanoseconds: true, vlan: true },
    { little: false, nanoseconds: true, vlan: false },
  ])("is read in either byte order and resolution, with VLAN tags: %o", async (options) => {
    const file = path.join(scratch, "made.pcap");
    writeFileSync(file, capture(options));
    // Not before the first packet; after it; 3600 s after the last; the timeout of 1 h has run.
    const [summary, ...moments] = await reportsOf("--at", "0", "--at", "3659", "--at", "3661", file);
    expect(summary?.["sessions"]).toMatchObject([{ title: "Test session", announcements: 2 }]);
    expect(moments.map((moment) => moment["active"])).toEqual([["Test session"], ["Test session"], []]);
    expect(moments[1]?.["groups"]).toEqual(["239.255.40.1"]);
  });

  it("is read up to where it is cut off", async () => {
    const file = path.join(scratch, "cut.pcap");
    writeFileSync(file, capture({ little: true, nanoseconds: false, vlan: false }).subarray(0, -20));
    const [summary] = await reportsOf(file);
    expect(summary?.["sessions"]).toMatchObject([{ announcements: 1 }]);
  });
});

describe("a bad command line", () => {
  it.each([
    [[]],
    [["--at", "soon", "x.pcap"]],
    [["--nonsense", "x.pcap"]],
    [["/nowhere/x.pcap"]],
    [["/etc/hostname"]],
    [[path.join(CORPUS, "pcap")]],
  ])("ends with exit code 2, one sentence and no report: %j", async (argv) => {
    const [lines, complaints]: string[][] = [[], []];
    const exitCode = await inspect(
      argv,
      (line) => lines?.push(line),
      (line) => complaints?.push(line),
    );
    expect(exitCode).toBe(2);
    expect(lines).toEqual([]);
    expect(complaints).toHaveLength(1);
    expect(complaints?.[0]).toMatch(/^mauthserver: [^\n]+$/);
  });

  it("still reports on the files that can be read", async () => {
    const lines: string[] = [];
    const argv = ["/nowhere/x.sdp", path.join(CORPUS, "sdp/rfc8866-5.sdp")];
    const exitCode = await inspect(
      argv,
      (line) => lines.push(line),
      () => undefined,
    );
    expect(exitCode).toBe(2);
    expect(lines).toHaveLength(1);
  });
});
