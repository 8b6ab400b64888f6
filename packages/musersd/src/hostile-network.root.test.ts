// SPDX-License-Identifier: MIT
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeCrypto } from "@mauth/protocol/node-crypto";
import { deriveHelloKey, encodeFrame, encodeHello, NULL_KEY, OP, PROTOCOL_VERSION, sign } from "@mauth/protocol/v2";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TestMrouter } from "../test/mrouter.ts";

const tool = (name: string): string => fileURLToPath(new URL(`../test/${name}`, import.meta.url));

/** MAUTH_FLOOD=3000000 for the whole of it. */
const FLOOD = Number(process.env["MAUTH_FLOOD"] ?? 200_000);
const RSS_GROWTH_KIB_MAX = 32 * 1024;

let mrouter: TestMrouter;
const children: ChildProcess[] = [];
beforeEach(async () => {
  mrouter = new TestMrouter("n");
  await mrouter.start();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  mrouter.close();
});

function start(...command: string[]): ChildProcess {
  const child = spawn("nsenter", [`--net=/run/netns/${mrouter.name}`, ...command]);
  children.push(child);
  return child;
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.on("data", (chunk) => (text += String(chunk)));
  await once(child, "close");
  return text;
}

function datagrams(): Record<string, number> {
  const status = mrouter.ctl("status", "--json");
  return (JSON.parse(status) as { datagrams: Record<string, number> }).datagrams;
}

function residentKib(): number {
  const [pid] = mrouter.serverPids();
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** A genuine HELLO under the null key. */
function helloHex(): string {
  const key = deriveHelloKey(nodeCrypto, NULL_KEY);
  const header = {
    kind: "request",
    op: OP.hello,
    keyId: 0,
    sessionId: 0n,
    term: 0,
    sequence: 0,
    bootEpoch: 0,
  } as const;
  const body = encodeHello({ version: PROTOCOL_VERSION, nonce: new Uint8Array(16).fill(7), replaces: [] });
  return Buffer.from(encodeFrame(header, body, (signed) => sign(nodeCrypto, key, signed))).toString("hex");
}

it("executes each call at most once over a path that loses, duplicates, delays and reorders", async () => {
  mrouter.inMrouter("nft", "add table ip lossy; add chain ip lossy in { type filter hook input priority 0; }");
  mrouter.inMrouter("nft", "add rule ip lossy in udp dport 9874 numgen random mod 100 < 10 drop");
  mrouter.inMrouter("nft", "add rule ip lossy in udp sport 9874 numgen random mod 100 < 10 drop");
  const path = start("python3", tool("lossy-path.py"), "9870", "9874", "7");
  if (path.stdout !== null) await once(path.stdout, "data");

  const result = await outputOf(start("python3", tool("lossy-client.py"), "9870", "300", "1"));
  const { calls, outcomes, state } = JSON.parse(result) as {
    calls: number;
    outcomes: Record<"ack" | "error" | "unknown", number>;
    state: Record<string, number | null>;
  };
  mrouter.inMrouter("nft", "delete table ip lossy");

  const { "v1.executed": executed = 0, "v1.repeated": repeated = 0 } = datagrams();
  expect(outcomes.error).toBe(0);
  expect(executed).toBeGreaterThanOrEqual(outcomes.ack);
  expect(executed).toBeLessThanOrEqual(calls);
  // The path did what it is for: without it there are no retransmissions.
  expect(repeated).toBeGreaterThan(calls / 10);
  const listed = JSON.parse(mrouter.ctl("list", "--json")) as {
    group: string;
    maxTtl: number;
  }[];
  const kernel = new Map(listed.map(({ group, maxTtl }) => [group, maxTtl]));
  for (const [group, ttl] of Object.entries(state))
    if (ttl !== null) expect([group, kernel.get(group) ?? 0]).toEqual([group, ttl]);
}, 120_000);

it(`goes on answering while ${FLOOD} random and mutated datagrams arrive, and does not grow`, async () => {
  const program = join(mrouter.directory, "flood");
  execFileSync("cc", ["-O2", "-Wall", "-Wextra", "-Werror", "-o", program, tool("flood.c")]);
  const v1Add = "0100c000020be9fc000110";
  const flood = (count: number, seed: number) =>
    outputOf(start(program, "9874", String(count), String(seed), v1Add, helloHex()));
  await flood(20_000, 1);
  const before = residentKib();
  const probe = outputOf(start("python3", tool("probe.py"), String(Math.max(4, FLOOD / 50_000))));
  expect(Number(await flood(FLOOD, 2))).toBe(FLOOD);
  const [answered, unanswered] = (await probe).split(" ").map(Number);
  expect(answered).toBeGreaterThan(50);
  expect(unanswered).toBe(0);
  expect(residentKib() - before).toBeLessThan(RSS_GROWTH_KIB_MAX);

  const counters = datagrams();
  for (const drop of ["v2.droppedLength", "v2.droppedMagic", "v2.droppedKey", "v2.droppedMac", "v1.refused"])
    expect(counters[drop], drop).toBeGreaterThan(0);
}, 300_000);
