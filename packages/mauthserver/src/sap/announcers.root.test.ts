// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SapLan } from "../../test/sap-lan.ts";

const SAPSERVER = path.join(import.meta.dirname, "../../../../.cache/daemons/minisapserver/usr/bin/sapserver");
const ANNOUNCE = path.join(import.meta.dirname, "../../test/announce.ts");
const BURST = path.join(import.meta.dirname, "../../test/burst.ts");
const NODE = path.join(import.meta.dirname, "../../../../node_modules/.bin/node");

let lan: SapLan;
let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), "mauth-sap-"));
  lan = new SapLan();
});

afterEach(async () => {
  await lan.stop();
  rmSync(scratch, { recursive: true });
});

function ffmpeg(title: string, url: string): string[] {
  const tone = ["-re", "-f", "lavfi", "-i", "sine=frequency=440", "-metadata", `title=${title}`];
  return [
    "ffmpeg",
    "-nostdin",
    "-loglevel",
    "error",
    ...tone,
    "-c:a",
    "pcm_s16be",
    "-ar",
    "48000",
    "-ac",
    "2",
    "-f",
    "sap",
    url,
  ];
}

it("[DIR-1] ffmpeg appears with its first datagram and leaves with its deletion", async () => {
  await lan.listen();
  const child = lan.announce(ffmpeg("Tone, IPv4", "sap://233.252.0.9:5004?ttl=5"));
  const { session } = await lan.next((line) => line.type === "add");
  expect(session).toMatchObject({
    title: "Tone, IPv4",
    announcer: "192.0.2.1",
    origin: { sessId: "0", address: "127.0.0.1" },
    media: [{ port: 5004, groups: ["233.252.0.9"], ttl: 5, codec: "L16/48000/2" }],
    flows: [{ source: "192.0.2.1", group: "233.252.0.9", ttl: 5 }],
    hearings: [{ interface: "sap0", group: "224.2.127.254", mrouter: null }],
  });
  child.kill("SIGINT");
  expect(await lan.next((line) => line.type === "remove")).toMatchObject({ reason: "deleted" });
});

it("[DIR-1] ffmpeg over IPv6 appears as well", async () => {
  await lan.listen();
  lan.announce(ffmpeg("Tone, IPv6", "sap://[ff05::db8:1]:5004"));
  const { session } = await lan.next((line) => line.type === "add");
  expect(session).toMatchObject({
    title: "Tone, IPv6",
    announcer: "2001:db8::1",
    media: [{ groups: ["ff05::db8:1"] }],
  });
});

it("[DIR-1] two ffmpeg on one host, alike but for the hash, are two sessions, and one ends alone", async () => {
  await lan.listen();
  const first = lan.announce(ffmpeg("First", "sap://233.252.0.9:5004?ttl=5"));
  const one = await lan.next((line) => line.session?.title === "First");
  lan.announce(ffmpeg("Second", "sap://233.252.0.10:5004?ttl=5"));
  const two = await lan.next((line) => line.session?.title === "Second");
  expect(two.session).not.toMatchObject({ id: one.session?.id });
  first.kill("SIGINT");
  expect(await lan.next((line) => line.type === "remove")).toMatchObject({
    id: one.session?.id,
  });
});

function program(name: string, address: string): string {
  const words = ["user=videolan", "machine=192.0.2.1", "site=http://www.example.org", "port=1234", "program_ttl=5"];
  return ["[program]", `name=${name}`, `address=${address}`, ...words, ""].join("\n");
}

it("[SAP-3] miniSAPserver, which calls itself 1.2.3.4 on every host, appears with each program on its own group", async () => {
  const configuration = path.join(scratch, "sap.cfg");
  writeFileSync(
    configuration,
    `[global]\nsap_delay=1\n${program("Local", "239.255.12.42")}${program("World", "233.252.0.5")}`,
  );
  await lan.listen();
  lan.announce([SAPSERVER, "-f", configuration, "-s"], scratch);
  const local = await lan.next((line) => line.session?.title === "Local");
  const world = await lan.next((line) => line.session?.title === "World");
  expect(local.session).toMatchObject({ announcer: "192.0.2.1", hearings: [{ group: "239.255.255.255" }] });
  expect(world.session).toMatchObject({ announcer: "192.0.2.1", hearings: [{ group: "224.2.127.254" }] });
});

it.each(["crlf", "lf"])("[ANN-1] ffmpeg finds and plays a session that mauth announces (%s)", async (lineEnd) => {
  const tone = ["-re", "-f", "lavfi", "-i", "sine=frequency=440", "-c:a", "pcm_s16be", "-ar", "48000", "-ac", "2"];
  lan.announce([
    "ffmpeg",
    "-nostdin",
    "-loglevel",
    "error",
    ...tone,
    "-payload_type",
    "96",
    "-f",
    "rtp",
    "rtp://233.252.0.9:5004?ttl=5",
  ]);
  lan.announce([NODE, ANNOUNCE, lineEnd]);
  const recorded = path.join(scratch, "recorded.raw");
  const player = [
    "ffmpeg",
    "-nostdin",
    "-loglevel",
    "error",
    "-i",
    "sap://239.255.255.255",
    "-t",
    "1",
    "-f",
    "s16le",
    recorded,
  ];
  const [exitCode] = (await once(lan.receive(player), "exit")) as [number | null];
  expect(exitCode).toBe(0);
  expect(statSync(recorded).size).toBe(48_000 * 2 * 2); // one second, two channels of two bytes
});

it("[ANN-4] a session that mauth announces appears, and leaves when it is withdrawn", async () => {
  await lan.listen();
  const announcing = lan.announce([NODE, ANNOUNCE]);
  expect((await lan.next((line) => line.type === "add")).session).toMatchObject({
    title: "Announced by mauth",
    flows: [{ source: "192.0.2.1", group: "233.252.0.9", ttl: 5 }],
  });
  announcing.stdin?.end();
  expect(await lan.next((line) => line.type === "remove")).toMatchObject({ reason: "deleted" });
});

it("[LSN-2] an interface that was destroyed and made again is joined again", async () => {
  await lan.listen();
  lan.disconnect();
  await lan.next((line) => line["message"] === "interface is not up: SAP is joined there when it comes");
  lan.connect();
  await lan.next((line) => line["message"] === "interface is up: joining SAP");
  lan.announce([NODE, BURST, "1"]);
  expect((await lan.next((line) => line.type === "add")).session).toMatchObject({ title: "Burst 0" });
});

it("[LSN-2] also when that was too quick to be seen as missing", async () => {
  await lan.listen();
  lan.disconnect();
  lan.connect();
  // Repeated, because nothing tells from outside when the next look at the interfaces is.
  const announcing = setInterval(() => lan.announce([NODE, BURST, "1"]), 500);
  expect((await lan.next((line) => line.type === "add")).session).toMatchObject({ title: "Burst 0" });
  clearInterval(announcing);
});

it("[LSN-4] none is lost of 5000 announcements sent at once, or of as many as the kernel's buffer holds", async () => {
  const receiveBufferMax = Number(readFileSync("/proc/sys/net/core/rmem_max", "utf8"));
  // The kernel doubles the size asked for, and a datagram of 700 bytes takes 2304 of it.
  const count = Math.min(5000, Math.floor((receiveBufferMax * 2) / 2304));
  await lan.listen({ awaited: count });
  lan.announce([NODE, BURST, String(count)]);
  await lan.next((line) => line.type === "complete");
});
