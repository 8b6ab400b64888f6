// SPDX-License-Identifier: MIT
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Heard } from "../sessions.ts";
import { IPV4_SAP_GROUPS } from "./groups.ts";
import { SapListenError, SapListener } from "./listener.ts";
import type { SapListenerOptions } from "./listener.ts";

// Everything stays on the loopback interface: groups are joined there, and sent to with TTL 0.
const GROUPS = IPV4_SAP_GROUPS.slice(0, 2);
const [GLOBAL, LOCAL] = ["224.2.127.254", "239.255.255.255"];

let listener: SapListener;
let sender: Socket;
let port: number;
let heard: Heard[];
let logged: string[];
let waiting: (() => void) | undefined;

function onHeard(one: Heard): void {
  heard.push({ ...one, bytes: one.bytes.slice() });
  waiting?.();
}

function options(more: Partial<SapListenerOptions> = {}): SapListenerOptions {
  const log = {
    info: (_: object, text: string) => logged.push(text),
    warn: (_: object, text: string) => logged.push(text),
  };
  return { interfaces: ["lo"], groups: GROUPS, onHeard, log, port, ...more };
}

/** Resolves when so many datagrams were heard; the test's own timeout is the deadline. */
async function hearing(count: number): Promise<void> {
  while (heard.length < count) await new Promise<void>((resolve) => (waiting = resolve));
}

async function send(text: string, address: string): Promise<void> {
  await new Promise((resolve) => sender.send(text, port, address, resolve));
}

beforeEach(async () => {
  [heard, logged] = [[], []];
  sender = createSocket("udp4");
  sender.bind(0, "127.0.0.1");
  await once(sender, "listening");
  sender.setMulticastInterface("127.0.0.1");
  sender.setMulticastTTL(0);
  const probe = createSocket("udp4").bind(0, "127.0.0.1");
  await once(probe, "listening");
  ({ port } = probe.address());
  await new Promise<void>((resolve) => probe.close(resolve));
});

afterEach(async () => {
  await listener.stop();
  await new Promise<void>((resolve) => sender.close(resolve));
});

it("[LSN-1] hears each group on its own socket, with the source that sent it", async () => {
  listener = new SapListener(options());
  await listener.start();
  expect(listener.joined()).toEqual([
    { group: GLOBAL, interfaces: ["lo"] },
    { group: LOCAL, interfaces: ["lo"] },
  ]);
  await send("one", GLOBAL);
  await hearing(1);
  await send("two", LOCAL);
  await hearing(2);
  expect(heard.map(({ bytes, ...rest }) => ({ text: Buffer.from(bytes).toString(), ...rest }))).toEqual([
    { text: "one", source: "127.0.0.1", sapGroup: GLOBAL, interface: "lo", mrouter: null },
    { text: "two", source: "127.0.0.1", sapGroup: LOCAL, interface: "lo", mrouter: null },
  ]);
  expect(listener.counters).toMatchObject({ datagrams: 2, bytes: 6, joins: 2, joinFailures: 0 });
});

it("[LSN-1] neither unicast nor a group that another program joined gets in", async () => {
  const other = createSocket({ type: "udp4", reuseAddr: true });
  other.bind(port, "0.0.0.0");
  await once(other, "listening");
  other.addMembership("233.252.0.7", "127.0.0.1");
  const atOther: string[] = [];
  other.on("message", (bytes) => atOther.push(bytes.toString()));
  listener = new SapListener(options());
  await listener.start();
  for (const address of ["127.0.0.1", "233.252.0.7"]) await send("intruder", address);
  await send("last", GLOBAL);
  await hearing(1);
  expect(heard.map((one) => Buffer.from(one.bytes).toString())).toEqual(["last"]);
  expect(atOther).toContain("intruder"); // They were sent.
  await new Promise<void>((resolve) => other.close(resolve));
});

it("[LSN-2] a missing interface is no failure", async () => {
  listener = new SapListener(options({ interfaces: ["lo", "not-there0"] }));
  await listener.start();
  expect(listener.joined()[0]?.interfaces).toEqual(["lo"]);
  expect(logged).toContain("interface is not up: SAP is joined there when it comes");
});

it("[LSN-3] a receive buffer that the kernel made smaller is warned about with the setting that helps", async () => {
  listener = new SapListener(options({ receiveBufferBytes: 2 ** 30 }));
  await listener.start();
  expect(logged).toHaveLength(1);
  expect(logged[0]).toContain("sysctl -w net.core.rmem_max=1073741824");
});

it("[LSN-1] a port that another program keeps for itself is a typed error, and nothing stays open", async () => {
  const keeper = createSocket("udp4").bind(port, "0.0.0.0");
  await once(keeper, "listening");
  listener = new SapListener(options());
  await expect(listener.start()).rejects.toThrow(SapListenError);
  expect(listener.joined()).toEqual([]);
  await new Promise<void>((resolve) => keeper.close(resolve));
});

it("[LSN-4] a burst of 1000 announcements is heard although nobody reads meanwhile", async () => {
  listener = new SapListener(options());
  await listener.start();
  const text = "x".repeat(700);
  // Sends are system calls made at once; the event loop reads only after the last of them.
  for (let index = 0; index < 1000; index += 1) sender.send(text, port, GLOBAL);
  await hearing(1000);
  expect(listener.counters.datagrams).toBe(1000);
});
