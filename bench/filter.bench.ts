// SPDX-License-Identifier: MIT
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseIpv4 } from "@mauth/protocol/ipv4";
import { IPV4_KEYS } from "../packages/musersd/src/filter/keys.ts";
import { encodeNumberKey, encodeSenderValue } from "../packages/musersd/src/filter/layout.ts";
import { PROGRAM_NAME } from "../packages/musersd/src/loader/filter-loader.ts";
import { loadNative } from "../packages/musersd/src/native.ts";
import { FilterLab, GROUP, hasIptables, ROGUE_SOURCE, run, SOURCE } from "./filter/lab.ts";
import { iptables, linear, set, verdictMap } from "./filter/rules.ts";
import { rowOf } from "./row.ts";
import type { Bench, Row } from "./row.ts";

const PROGRAM_ROUNDS = 7;
const PROGRAM_REPEAT = 200_000;
const PROGRAM_SENDERS = [1, 1000, 100_000, 1_000_000];
const ROUNDS = 15;
const FLOOD_PACKETS = 100_000;
/** After a change of filter, before anything is measured: programs that start leave the caches cold. */
const WARM_UP_PACKETS = 10_000;
const SENDERS = 100_000;
const LINEAR_SENDERS = 1000;
const ROGUES = 65_536;

type Progress = (line: string) => void;
type Rounds = Map<string, number[]>;

/** Measures the program alone, the path of a packet through the router, and writing all senders. */
export const bench: Bench = async (progress) => {
  const lab = new FilterLab();
  // One of its own: iptables stays in the way of packets when its rules are gone.
  const iptablesLab = hasIptables() ? new FilterLab("i") : undefined;
  if (iptablesLab === undefined) progress("iptables is not measured: `sh scripts/setup test` unpacks it");
  try {
    await lab.open();
    await iptablesLab?.open();
    iptablesLab?.loadIptables(iptables(LINEAR_SENDERS, SOURCE));
    return [...measureProgram(lab, progress), ...measurePath(lab, iptablesLab, progress)];
  } finally {
    iptablesLab?.close();
    lab.close();
  }
};

function measureProgram(lab: FilterLab, progress: Progress): Row[] {
  return PROGRAM_SENDERS.map((senders) => {
    progress(`program alone, ${senders} senders`);
    const rounds = runProgram(lab, senders, PROGRAM_ROUNDS);
    const name = { bench: "filter", what: `program, ${senders.toLocaleString("en")} senders at random`, unit: "ns" };
    // Without what the kernel's test run and the drawing take, in the same round.
    const lessDrawing = (column: number): number[] =>
      rounds.map((round) => (round[column] ?? Number.NaN) - (round[0] ?? Number.NaN));
    return rowOf(name, lessDrawing(2), { beside: "looking up alone", rounds: lessDrawing(1) });
  });
}

/** For each round: drawing alone, looking up alone, the filter (ns), and writing all senders (ms). */
function runProgram(lab: FilterLab, senders: number, roundCount: number): number[][] {
  const object = join(lab.directory, "program.bpf.o");
  const output = run(join(lab.directory, "program"), object, `${senders}`, `${roundCount}`, `${PROGRAM_REPEAT}`);
  return output
    .trim()
    .split("\n")
    .map((line) => line.split(" ").map(Number));
}

/** One way of filtering: where, and how it is put in force and taken away. */
interface Contender {
  readonly name: string;
  readonly lab: FilterLab;
  readonly open: () => void;
  readonly close: () => void;
}

function measurePath(lab: FilterLab, iptablesLab: FilterLab | undefined, progress: Progress): Row[] {
  const pins = pinPrograms(lab);
  const writing: Rounds = new Map();
  const rules = (name: string, text: string): Contender => ({
    name,
    lab,
    open: () => push(writing, name, lab.loadRules(text)),
    close: () => lab.flushRules(),
  });
  const contenders: Contender[] = [
    { name: "nothing", lab, open: () => {}, close: () => {} },
    { name: "drop", lab, open: () => lab.attach(pins.drop), close: () => lab.detach("drop_all") },
    { name: "filter", lab, open: () => lab.attach(pins.filter), close: () => lab.detach(PROGRAM_NAME) },
    rules("vmap", verdictMap(SENDERS)),
    rules("set", set(SENDERS)),
    rules("linear", linear(LINEAR_SENDERS, SOURCE)),
    ...(iptablesLab ? [{ name: "iptables", lab: iptablesLab, open: () => {}, close: () => {} }] : []),
  ];
  const passed: Rounds = new Map();
  const dropped: Rounds = new Map();
  const flooded: Rounds = new Map();
  for (const one of [lab, iptablesLab]) one?.flood(SOURCE, 1, FLOOD_PACKETS);
  for (let round = 0; round < ROUNDS; round++) {
    progress(`path, round ${round + 1} of ${ROUNDS}`);
    push(writing, "filter", runProgram(lab, SENDERS, 1)[0]?.[3] ?? Number.NaN);
    for (const { name, lab: on, open, close } of contenders) {
      open();
      on.flood(SOURCE, 1, WARM_UP_PACKETS);
      if (name !== "drop") push(passed, name, expectForwarded(on.flood(SOURCE, 1, FLOOD_PACKETS), true));
      if (name !== "nothing") push(dropped, name, expectForwarded(on.flood(ROGUE_SOURCE, 1, FLOOD_PACKETS), false));
      if (name === "drop" || name === "filter" || name === "vmap")
        push(flooded, name, expectForwarded(on.flood(ROGUE_SOURCE, ROGUES, FLOOD_PACKETS), false));
      close();
    }
  }
  const linearPeers = ["linear", ...(iptablesLab ? ["iptables"] : [])];
  return [...pathRows(passed, dropped, flooded, linearPeers), ...writingRows(writing)];
}

/** A figure of a path that did something else would be worth nothing. */
function expectForwarded({ ns, forwarded }: { ns: number; forwarded: number }, isPassed: boolean): number {
  if (isPassed ? forwarded < 0.99 * FLOOD_PACKETS : forwarded > 100)
    throw new Error(`${forwarded} of ${FLOOD_PACKETS} packets were forwarded`);
  return ns;
}

function push(rounds: Rounds, name: string, value: number): void {
  rounds.set(name, [...(rounds.get(name) ?? []), value]);
}

function roundsOf(rounds: Rounds, name: string): number[] {
  const found = rounds.get(name);
  if (found === undefined) throw new Error(`nothing was measured for ${name}`);
  return found;
}

const NAMES: Readonly<Record<string, string>> = {
  nothing: "no filter",
  drop: "dropping everything",
  vmap: "nftables, verdict map",
  set: "nftables, set",
  linear: "nftables, 1,000 rules in line",
  iptables: "iptables, 1,000 rules in line",
};

function beside(rounds: Rounds, peer: string, name: { what: string }): Row {
  const whole = { bench: "filter", unit: "ns", ...name };
  return rowOf(whole, roundsOf(rounds, "filter"), { beside: NAMES[peer] ?? peer, rounds: roundsOf(rounds, peer) });
}

function pathRows(passed: Rounds, dropped: Rounds, flooded: Rounds, linearPeers: readonly string[]): Row[] {
  return [
    ...["nothing", "vmap", "set", ...linearPeers].map((peer) =>
      beside(passed, peer, { what: "path, 100,000 senders: pass" }),
    ),
    ...["drop", "vmap", "set", ...linearPeers].map((peer) =>
      beside(dropped, peer, { what: "path, 100,000 senders: drop" }),
    ),
    ...["drop", "vmap"].map((peer) => beside(flooded, peer, { what: "path: drop 65,536 sources at random" })),
  ];
}

function writingRows(writing: Rounds): Row[] {
  const name = { bench: "filter", what: "write 100,000 senders", unit: "ms" };
  return ["vmap", "set"].map((peer) =>
    rowOf(name, roundsOf(writing, "filter"), { beside: `nft -f, ${peer}`, rounds: roundsOf(writing, peer) }),
  );
}

/** Pins the filter with all senders, and a program that drops everything. */
function pinPrograms(lab: FilterLab): { filter: string; drop: string } {
  const native = loadNative();
  const directory = join(lab.directory, "bpf");
  mkdirSync(directory);
  native.mountBpffs(directory);
  const object = fileURLToPath(import.meta.resolve("@mauth/kernel-module/msender.bpf.o"));
  const { program, maps } = native.objectLoad(object, SENDERS, {});
  const [first = 0, group = 0] = ["198.18.0.0", GROUP].map((text) => parseIpv4(text));
  for (let n = 0; n < SENDERS; n++) {
    const [source, to] = [first + (n & 0xffff), group + (n >> 16)];
    native.mapUpdate(
      maps["senders"] ?? -1,
      IPV4_KEYS.encodeSenders([{ source, group: to }]),
      encodeSenderValue({ source, group: to, maxTtl: 16 }),
    );
  }
  // As musersd does: without it the filter asks the kernel where the IP header is.
  native.mapUpdate(maps["links"] ?? -1, encodeNumberKey(lab.ifindex()), Uint8Array.of(1));
  native.pin(program, join(directory, "filter"));
  run(join(lab.directory, "program"), "pin", join(lab.directory, "program.bpf.o"), "drop_all", join(directory, "drop"));
  return { filter: join(directory, "filter"), drop: join(directory, "drop") };
}
