// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";
import { kernelSenders, musersctl } from "../tests/support/musersctl.ts";
import { V1Peer } from "../tests/support/v1-peer.ts";
import type { Lab } from "../lab/lab.ts";
import { run } from "../lab/run.ts";
import { ADDRESS } from "../lab/topology.ts";
import { programPath } from "../lab/traffic/build.ts";
import { until } from "../lab/until.ts";

const PERMITTED_GROUP = "233.252.0.10";
const FLOODED_GROUP = "233.252.0.66";
const PERMITTED_PACKETS_PER_SECOND = 1_000;
const MAX_TTL = 16;
/** RFC 2544: 131,072 addresses, twice the rows of the table of refused senders. */
const ROGUE_SOURCE = "198.18.0.0";
const ROGUE_SOURCES = 131_072;
/** MSENDER_DENIED_MAX of msender.h. */
export const DENIED_MAX = 65_536;

export interface FloodResult {
  /** What the permitted host sent, and what of it was lost, in the same time without the flood. */
  readonly calm: { readonly sent: number; readonly lost: number };
  readonly flooded: { readonly sent: number; readonly lost: number };
  readonly rogueSent: number;
  readonly roguePerSecond: number;
  /** Packets of the flood at the receiver. */
  readonly leaked: number;
  /** Forwarding-cache entries that the flood left. */
  readonly cached: number;
  /** Rows of the table of refused senders. */
  readonly denied: number;
  /** Packets that the filter counted as refused. */
  readonly refused: number;
  /** Resident memory of musersd's processes before and after, KiB. */
  readonly residentKib: readonly [number, number];
  /** What the kernel keeps in slabs and for each CPU, before and after, KiB. */
  readonly kernelKib: readonly [number, number];
}

/** Floods the mrouter of a lab, whose musersd runs, from random sources beside a permitted flow of 1,000 packets/s. */
export async function floodLab(lab: Lab, seconds: number): Promise<FloodResult> {
  const peer = new V1Peer(lab);
  await peer.permitSentinels();
  await peer.add(ADDRESS.permitted, PERMITTED_GROUP, MAX_TTL);
  await peer.stop();
  if ((await kernelSenders(lab)).length < 3) throw new Error("the permitted host was not registered");
  const calm = await permittedFlow(lab, () => rest(seconds));
  const [residentBefore, kernelBefore, refusedBefore] = [await residentKib(lab), await kernelKib(), await refused(lab)];
  const receiver = await lab.receive([FLOODED_GROUP], { port: 5000 });
  let rogue = { sent: 0, seconds: 1 };
  const flooded = await permittedFlow(lab, async () => {
    rogue = await flood(lab, seconds);
  });
  await lab.drain();
  const leaked = (await receiver.flows()).reduce((sum, { packets }) => sum + packets, 0);
  await receiver.stop();
  const cache = await lab.forwardingCache();
  const residentAfter = await residentKib(lab);
  return {
    calm,
    flooded,
    rogueSent: rogue.sent,
    roguePerSecond: rogue.sent / rogue.seconds,
    leaked,
    cached: cache.filter((pair) => pair.endsWith(` ${FLOODED_GROUP}`)).length,
    denied: (JSON.parse(await musersctl(lab, "denied", "--json")) as unknown[]).length,
    refused: (await refused(lab)) - refusedBefore,
    residentKib: [residentBefore, residentAfter],
    kernelKib: [kernelBefore, await kernelKib()],
  };
}

async function rest(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/**
 * The kernel makes the flood where the cable ends, on one CPU, which judges it too; on what is left run the permitted host, the
 * receiver and everything else.
 */
async function flood(lab: Lab, seconds: number): Promise<{ sent: number; seconds: number }> {
  const what = ["lan0", ROGUE_SOURCE, String(ROGUE_SOURCES), FLOODED_GROUP, "8", String(seconds)];
  return JSON.parse(await lab.run("mrouter", "taskset", "-c", "1", programPath("storm"), ...what)) as {
    sent: number;
    seconds: number;
  };
}

/** Lets the permitted host send while something goes on; returns what was sent and lost. */
async function permittedFlow(lab: Lab, meanwhile: () => Promise<void>): Promise<{ sent: number; lost: number }> {
  const receiver = await lab.receive([PERMITTED_GROUP]);
  // The kernel keeps only three packets of a sender until the routing daemon has answered.
  await lab.send("permitted", { group: PERMITTED_GROUP, count: 1 }).finished();
  await until(() => receiver.packets(ADDRESS.permitted, PERMITTED_GROUP), { what: "the first permitted packet" });
  const sender = lab.send("permitted", { group: PERMITTED_GROUP, packetsPerSecond: PERMITTED_PACKETS_PER_SECOND });
  await until(async () => (await receiver.packets(ADDRESS.permitted, PERMITTED_GROUP)) > 100, { what: "the flow" });
  await meanwhile();
  const sent = await sender.stop();
  await lab.drain();
  const arrived = (await receiver.packets(ADDRESS.permitted, PERMITTED_GROUP)) - 1;
  await receiver.stop();
  return { sent, lost: sent - arrived };
}

async function refused(lab: Lab): Promise<number> {
  const status = JSON.parse(await musersctl(lab, "status", "--json")) as { refusedPackets: Record<string, number> };
  return status.refusedPackets["UNKNOWN"] ?? 0;
}

async function residentKib(lab: Lab): Promise<number> {
  const first = lab.service("musersd").pid;
  const children = await readFile(`/proc/${first}/task/${first}/children`, "utf8");
  const sizes = await Promise.all([String(first), ...children.trim().split(" ")].map(residentOf));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function residentOf(pid: string): Promise<number> {
  return readKib(await readFile(`/proc/${pid}/status`, "utf8"), "VmRSS");
}

async function kernelKib(): Promise<number> {
  const text = await run("cat", ["/proc/meminfo"]);
  return readKib(text, "Slab") + readKib(text, "Percpu");
}

function readKib(text: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
  if (found === undefined) throw new Error(`no line ${name}`);
  return Number(found);
}
