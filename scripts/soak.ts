// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runProgram } from "./run-program.ts";

const PROJECT = join(import.meta.dirname, "..");
/** A slice that takes longer hangs. */
const SLICE_MS_MAX = 3_600_000;
/** What tests say of their own about what they counted, such as "store: 300 kills, …". */
const TOLD = /^(?:chaos|store): .*$/gm;
/** How much of a failed slice is shown. */
const FAILURE_LINES_MAX = 60;

const HELP = `Usage: npm run soak -- [--fuzz N] [--seeds N] [--packets N] [--kills N] [--events N]
                        [--first-seed N]

Runs the tests that draw their input for longer than \`npm test\` does, and tells how far it is after each slice.
Only what is asked for runs; without any number all five run, with those of the project's goals.

  --fuzz N         datagrams, random and mutated, into the reader of announcements (20000000)
  --seeds N        simulated networks that lose, repeat and reorder, for each protocol (10000)
  --packets N      packets into the kernel filter beside its model; needs root (100000000)
  --kills N        kill -9 of a process in a loop of commits, each with a look at what is left (300)
  --events N       kills and cut links among three mrouters and a mauthserver under changes; needs root (60)
  --first-seed N   where the simulated networks begin, to go where no run has been (1)
  --help           this text

The exit code is 1 when anything failed; the seed of a failure is in what it printed.
`;

interface Soak {
  readonly name: "fuzz" | "seeds" | "packets" | "kills" | "events";
  readonly unit: string;
  /** What one process takes at most, so that progress can be told. */
  readonly slice: number;
  readonly goal: number;
  /** It loads BPF or makes network namespaces, and would skip everything without. */
  readonly needsRoot?: true;
  /** Builds what runs, where something has to be built. */
  readonly build?: readonly string[];
  readonly command: readonly string[];
  /** The environment of a slice of `count` after `done`. */
  env(count: number, done: number): Record<string, string>;
}

function vitest(filter: string, project = "unit"): string[] {
  // A slice takes what it takes: its own deadline is not the runner's.
  return ["vitest", "run", "--project", project, "--testTimeout", String(SLICE_MS_MAX), "--reporter=dot", filter];
}

function soaks(firstSeed: number): readonly Soak[] {
  return [
    {
      name: "fuzz",
      unit: "datagrams",
      slice: 1_000_000,
      goal: 20_000_000,
      command: vitest("packages/mauthserver/src/sap/fuzz.test.ts"),
      env: (count) => ({ MAUTH_FUZZ: String(count) }),
    },
    {
      name: "seeds",
      unit: "networks",
      slice: 1000,
      goal: 10_000,
      command: vitest("packages/protocol/test/simulation"),
      env: (count, done) => ({ MAUTH_SEEDS: String(count), MAUTH_FIRST_SEED: String(firstSeed + done) }),
    },
    {
      name: "packets",
      unit: "packets",
      slice: 10_000_000,
      goal: 100_000_000,
      needsRoot: true,
      build: ["make", "-s", "-C", "packages/kernel-module", "build/bpf_test", "build/test_clock.bpf.o"],
      command: ["packages/kernel-module/build/bpf_test", "packages/kernel-module/build/test_clock.bpf.o"],
      env: (count, done) => ({ MSENDER_PACKETS: String(count), MSENDER_SEED: String(firstSeed + done) }),
    },
    {
      name: "kills",
      unit: "kills",
      slice: 100,
      goal: 300,
      command: vitest("packages/mauthserver/src/store/crash.test.ts"),
      env: (count) => ({ MAUTH_CRASHES: String(count) }),
    },
    {
      name: "events",
      unit: "events",
      slice: 60,
      goal: 60,
      needsRoot: true,
      command: vitest("e2e/tests/chaos.test.ts", "lab"),
      env: (count, done) => ({ MAUTH_CHAOS_EVENTS: String(count), MAUTH_CHAOS_SEED: String(firstSeed + done) }),
    },
  ];
}

/** Runs one kind to its number; false at the first slice that fails. */
async function run(soak: Soak, total: number): Promise<boolean> {
  if (soak.build !== undefined && !(await runSlice(soak, soak.build, {}))) return false;
  const startMs = performance.now();
  for (let done = 0; done < total;) {
    const count = Math.min(soak.slice, total - done);
    if (!(await runSlice(soak, soak.command, soak.env(count, done)))) return false;
    done += count;
    const seconds = (performance.now() - startMs) / 1000;
    console.log(`${soak.name}: ${format(done)} of ${format(total)} ${soak.unit}, ${format(done / seconds)} a second`);
  }
  return true;
}

async function runSlice(soak: Soak, command: readonly string[], more: Record<string, string>): Promise<boolean> {
  const path = `${join(PROJECT, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`;
  const env = { ...process.env, ...more, PATH: path, NO_COLOR: "1" };
  const { exitCode, output } = await runProgram({ command, env, limitMs: SLICE_MS_MAX });
  for (const [line] of output.matchAll(TOLD)) console.log(line);
  if (exitCode === 0) return true;
  const settings = Object.entries(more).map(([name, value]) => `${name}=${value}`);
  console.log(`${soak.name}: failed: ${[...settings, ...command].join(" ")}`);
  console.log(output.trimEnd().split("\n").slice(-FAILURE_LINES_MAX).join("\n"));
  return false;
}

function format(number: number): string {
  return number.toLocaleString("en", { maximumFractionDigits: number < 100 ? 1 : 0 });
}

/** A whole number above zero, or a sentence about it on standard error. */
function parseCount(name: string, text: string): number | undefined {
  const count = Number(text);
  if (/^\d{1,15}$/.test(text) && count > 0) return count;
  process.stderr.write(`soak: --${name} must be a whole number above 0, not "${text}"\n`);
  return undefined;
}

async function main(): Promise<number> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      fuzz: text,
      seeds: text,
      packets: text,
      kills: text,
      events: text,
      "first-seed": text,
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const firstSeed = parseCount("first-seed", values["first-seed"] ?? "1");
  if (firstSeed === undefined) return 2;
  process.chdir(PROJECT);
  const all = soaks(firstSeed);
  const isAny = all.some(({ name }) => values[name] !== undefined);
  const asked = all.map((soak) => ({ soak, text: values[soak.name] ?? (isAny ? undefined : String(soak.goal)) }));
  const wanted = asked.flatMap(({ soak, text: count }) =>
    count === undefined ? [] : { soak, total: parseCount(soak.name, count) },
  );
  if (process.getuid?.() !== 0 && wanted.some(({ soak }) => soak.needsRoot === true)) {
    process.stderr.write("soak: packets for the kernel filter and events in network namespaces need root\n");
    return 2;
  }
  let isGood = true;
  for (const { total } of wanted) if (total === undefined) return 2;
  for (const { soak, total } of wanted) isGood = (await run(soak, total ?? 0)) && isGood;
  return isGood ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`soak: ${error.message.split(". ")[0]}\n`); // An option that there is not.
  process.exitCode = 2;
}
