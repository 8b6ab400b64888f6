// SPDX-License-Identifier: MIT
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import { FakeMusersd } from "../packages/mauthserver/src/mrouters/testing/fake-musersd.ts";
import { TestConsole } from "../packages/mauthserver/src/testing/console.ts";
import { freePort } from "../packages/mauthserver/src/testing/free-port.ts";
import { until } from "../packages/mauthserver/src/testing/until.ts";
import { commitsPerSecond } from "../packages/mauthserver/test/commits.ts";
import { scan } from "../packages/mauthserver/test/scan.ts";
import { COMMAND } from "../packages/protocol/src/v1/index.ts";
import { rowOf } from "./row.ts";
import type { Bench, Row } from "./row.ts";
import { Announcer } from "./state/announcer.ts";
import { Audience } from "./state/audience.ts";
import { Caller } from "./state/caller.ts";
import { changesPerSecond, rowsOfChanges } from "./state/changes.ts";
import { pairOf, seed } from "./state/seed.ts";
import { BenchServer } from "./state/server.ts";

/** What a start reads. */
const START = {
  grants: Number(process.env["MAUTH_BENCH_GRANTS"] ?? 1_000_000),
  sessions: Number(process.env["MAUTH_BENCH_SESSIONS"] ?? 100_000),
};
/** Of one mrouter, which holds so many. */
const GRANTS = Math.min(START.grants, 100_000);
const SESSIONS = Math.min(START.sessions, 10_000);
const CALLS = 500;
const CONSOLES = 200;
const ANNOUNCEMENTS = 200;
/** Grants while consoles watch: 200 snapshots of everything would be all that one process of the benchmark does. */
const WATCHED_GRANTS = 1000;
const ROUNDS = 3;
/** musersd reads its kernel so often as well. */
const READ_AGE_MS = 2000;
const LONG_MS = 300_000;
/** The first addresses behind three mrouters: 192.0.2.64/26, .128/26, .192/26. */
const NETWORKS = [64, 128, 192];
const SENDERS_MAX = 262_144;
const CHANGES_MS = 5000;

/** Measures a mauthserver with many grants and sessions over the real protocols; the mrouter holds its table in memory. */
export const bench: Bench = async (progress) => {
  const folder = await mkdtemp(path.join(tmpdir(), "mauth-bench-"));
  const musersd = await new FakeMusersd({ readAgeMsMax: READ_AGE_MS }).start();
  let server: BenchServer | undefined;
  try {
    const port = await freePort();
    const make = async (name: string, size: { grants: number; sessions: number }) => {
      progress(`making a database of ${size.grants} grants and ${size.sessions} sessions`);
      await mkdir(`${folder}/${name}`);
      await seed({ path: `${folder}/${name}/mauth.db`, ...size });
    };
    await make("start", START);
    const rows = await measureStart(`${folder}/start`, port, progress);
    await rm(`${folder}/start`, { recursive: true });
    await make("mrouter", { grants: GRANTS, sessions: SESSIONS });
    server = await BenchServer.start(`${folder}/mrouter`, port, tableOf(musersd.address));
    rows.push(...(await measureMrouter(musersd, port, progress)));
    await server?.stop();
    await make("calls", { grants: WATCHED_GRANTS, sessions: 0 });
    await musersd.reboot();
    server = await BenchServer.start(
      `${folder}/calls`,
      port,
      `[sap]\ninterfaces = ["lo"]\n${tableOf(musersd.address)}`,
    );
    await until(() => musersd.table.size >= WATCHED_GRANTS, "every sender is there", LONG_MS);
    rows.push(...(await measureCalls(port, progress)));
    await server.stop();
    server = undefined;
    rows.push(await measureChanges(`${folder}/changes`, port, progress));
    progress(`load ${loadavg()[0]?.toFixed(1)}`);
    return rows;
  } finally {
    await server?.stop();
    await musersd.stop();
    await rm(folder, { recursive: true });
  }
};

function tableOf(address: string): string {
  return `[[mrouter]]\nname = "edge-1"\naddress = "${address}"\nprotocol = "v2"\nnetworks = ["192.0.2.0/24"]\n`;
}

function row(what: string, unit: string, rounds: readonly number[], peer?: Parameters<typeof rowOf>[2]): Row {
  return rowOf({ bench: "state", what, unit }, rounds, peer);
}

/** The mrouter is silent: what is measured is the server alone. */
async function measureStart(folder: string, port: number, progress: (line: string) => void): Promise<Row[]> {
  const [startMs, cpuMs, scanMs, memory]: number[][] = [[], [], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    progress(`start ${round + 1} of ${ROUNDS} (load ${loadavg()[0]?.toFixed(1)})`);
    scanMs!.push(scan(`${folder}/mauth.db`));
    const server = await BenchServer.start(folder, port, tableOf(`127.0.0.1:${await freePort()}`));
    startMs!.push(server.startMs);
    cpuMs!.push(server.startCpuMs);
    memory!.push(server.memoryMib);
    await server.stop();
  }
  const size = `${START.grants} grants, ${START.sessions} sessions`;
  const peer = { beside: "SQLite alone reads and parses every row", rounds: scanMs! };
  return [
    row(`start, ${size}`, "ms", startMs!, peer),
    row("of which processor time", "ms", cpuMs!),
    row("memory after the start", "MiB", memory!),
  ];
}

async function measureMrouter(musersd: FakeMusersd, port: number, progress: (line: string) => void): Promise<Row[]> {
  progress("an mrouter that reboots");
  const filled = async () => until(() => musersd.table.size >= GRANTS, "every sender is there", LONG_MS);
  await filled();
  const console = await TestConsole.open(`ws://127.0.0.1:${port}/ws`, consoleOptions(port), LONG_MS);
  const state = () => console.get("mrouter", "edge-1")?.state;
  await until(() => state() === "online", "online", LONG_MS);
  await musersd.reboot();
  let beganMs = performance.now();
  await filled();
  const rebootMs = performance.now() - beganMs;
  await until(() => state() === "online", "online again", LONG_MS);
  progress("drift, and a lost mrouter");
  const { source, group } = pairOf(7);
  musersd.table.delete(`${source}>${group}`);
  beganMs = performance.now();
  await until(() => musersd.table.has(`${source}>${group}`), "the sender is back", LONG_MS);
  const driftMs = performance.now() - beganMs;
  musersd.isCutOff = true;
  beganMs = performance.now();
  await until(() => state() === "offline", "shown as offline", LONG_MS);
  const lostMs = performance.now() - beganMs;
  musersd.isCutOff = false;
  await until(() => state() === "online", "back", LONG_MS);
  await console.close();
  return [
    row(`mrouter rebooted until ${GRANTS} are re-enforced`, "ms", [rebootMs]),
    row("drift until repaired", "ms", [driftMs]),
    row("mrouter lost until shown", "ms", [lostMs]),
  ];
}

async function measureCalls(port: number, progress: (line: string) => void): Promise<Row[]> {
  progress(`${CALLS} permits and revokes, ${CONSOLES} consoles`);
  const console = await Caller.open(`ws://127.0.0.1:${port}/ws`);
  const audience = await Audience.open(`ws://127.0.0.1:${port}/ws`, CONSOLES);
  const [permitMs, revokeMs, pushMs]: number[][] = [[], [], []];
  for (let index = 0; index < CALLS; index++) {
    const group = `239.255.${index >> 8}.${index & 255}`;
    const permitted = await timed(async () => console.call(COMMAND.add, "192.0.2.10", group, 16));
    permitMs!.push(permitted);
    revokeMs!.push(await timed(async () => console.call(COMMAND.remove, "192.0.2.10", group)));
    if (index % 10 !== 0) continue;
    const { heard } = await audience.lookFor(`192.0.2.11>${group}`);
    const beganMs = performance.now();
    const call = console.call(COMMAND.add, "192.0.2.11", group, 16);
    await heard;
    pushMs!.push(performance.now() - beganMs);
    await call;
  }
  const heardMs = await measureAnnouncements(audience, progress);
  await audience.close();
  await console.close();
  return [
    row("permit, p50", "ms", [quantile(permitMs!, 0.5)]),
    row("permit, p99", "ms", [quantile(permitMs!, 0.99)]),
    row("revoke, p50", "ms", [quantile(revokeMs!, 0.5)]),
    row("revoke, p99", "ms", [quantile(revokeMs!, 0.99)]),
    row(`permit until the last of ${CONSOLES} consoles has it, p99`, "ms", [quantile(pushMs!, 0.99)]),
    row(`SAP datagram until the last of ${CONSOLES} consoles has it, p50`, "ms", [quantile(heardMs, 0.5)]),
    row(`SAP datagram until the last of ${CONSOLES} consoles has it, p99`, "ms", [quantile(heardMs, 0.99)]),
  ];
}

/** From the datagram, on the loopback interface, to the frame of the last console; in ms. */
async function measureAnnouncements(audience: Audience, progress: (line: string) => void): Promise<number[]> {
  progress(`${ANNOUNCEMENTS} announcements, ${CONSOLES} consoles`);
  const announcer = await Announcer.open();
  const heardMs: number[] = [];
  for (let index = 0; index < ANNOUNCEMENTS; index++) {
    const title = `Announcement ${index} of the benchmark`;
    const { heard } = await audience.lookFor(title);
    const beganMs = performance.now();
    announcer.announce(index + 1, title);
    await heard;
    heardMs.push(performance.now() - beganMs);
  }
  announcer.close();
  return heardMs;
}

/** Three mrouters, and nobody kills anything; in turn with SQLite alone. */
async function measureChanges(folder: string, port: number, progress: (line: string) => void): Promise<Row> {
  progress("changes a second");
  await mkdir(folder);
  const edges = await Promise.all(NETWORKS.map(async () => new FakeMusersd({ readAgeMsMax: READ_AGE_MS }).start()));
  for (const edge of edges) edge.status = { ...edge.status, sendersMax: SENDERS_MAX };
  const tables = edges.map(
    ({ address }, index) =>
      `[[mrouter]]\nname = "edge-${index}"\naddress = "${address}"\nprotocol = "v2"\nnetworks = ["192.0.2.${NETWORKS[index]}/26"]\n`,
  );
  const server = await BenchServer.start(folder, port, tables.join(""));
  const [rates, peers]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    rates.push(await changesPerSecond(`ws://127.0.0.1:${port}/ws`, NETWORKS, CHANGES_MS));
    peers.push(await commitsPerSecond(`${folder}/peer.db`, rowsOfChanges(NETWORKS), CHANGES_MS));
  }
  await server.stop();
  await Promise.all(edges.map(async (edge) => edge.stop()));
  const peer = { beside: "SQLite alone commits the same rows, 150 at a time", rounds: peers };
  return row("changes with three mrouters, acknowledged", "/s", rates, peer);
}

function consoleOptions(port: number) {
  return { origin: `http://127.0.0.1:${port}`, isTrusting: true };
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await action();
  return performance.now() - beganMs;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}
