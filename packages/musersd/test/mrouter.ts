// SPDX-License-Identifier: MIT
/*
 * A network namespace that plays the mrouter, and one that plays a host on its internal network:
 *
 *   host h0 192.0.2.11 ---- lan0 192.0.2.1 mrouter
 */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { PROGRAM_NAME } from "../src/loader/filter-loader.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const CTL = fileURLToPath(new URL("../src/musersctl.ts", import.meta.url));
const ATTACHED = fileURLToPath(new URL("attached.ts", import.meta.url));
const START_DEADLINE_MS = 15_000;

/** Runs a command in the mrouter and returns what it printed. */
export type Run = (...command: string[]) => string;

export class TestMrouter {
  readonly name: string;
  readonly host: string;
  readonly directory = mkdtempSync(join(tmpdir(), "musersd-test-"));
  readonly #daemons = new Set<ChildProcess>();

  /** `label` tells several of one test apart. */
  constructor(label = "") {
    this.name = `mus-${process.pid}${label}-m`;
    this.host = `mus-${process.pid}${label}-h`;
    for (const name of [this.name, this.host]) ip("netns", "add", name);
    this.inMrouter("ip", "link", "set", "lo", "up");
    this.plugIn();
  }

  /** Creates lan0 and the cable to the host. */
  plugIn(): void {
    ip("link", "add", "lan0", "netns", this.name, "type", "veth", "peer", "name", "h0", "netns", this.host);
    this.inMrouter("ip", "addr", "add", "192.0.2.1/24", "dev", "lan0");
    this.inMrouter("ip", "link", "set", "lan0", "up");
    this.inHost("ip", "addr", "add", "192.0.2.11/24", "dev", "h0");
    this.inHost("ip", "link", "set", "h0", "up");
  }

  /** Destroys lan0. */
  unplug(): void {
    this.inMrouter("ip", "link", "del", "lan0");
  }

  readonly inMrouter: Run = (...command) => run(this.name, command);
  readonly inHost: Run = (...command) => run(this.host, command);

  /** Runs musersctl in the mrouter and returns what it printed. */
  ctl(...args: string[]): string {
    return this.inMrouter(process.execPath, CTL, ...args);
  }

  /** Packets that the filter has refused for a reason. */
  refused(reason: "UNKNOWN" | "MALFORMED" | "REGISTER"): number {
    const status = JSON.parse(this.ctl("--json", "status")) as { refusedPackets: Record<string, number> };
    return status.refusedPackets[reason] ?? 0;
  }

  /** Starts a command in the host and does not wait for it; it ends with the mrouter. */
  spawnInHost(file: string, ...args: string[]): ChildProcess {
    const child = spawn("nsenter", [`--net=/run/netns/${this.host}`, file, ...args]);
    this.#daemons.add(child);
    child.once("exit", () => this.#daemons.delete(child));
    return child;
  }

  /** Writes musersd.toml with state in the test's directory. */
  writeConfig(lines: string[] = []): string {
    const path = join(this.directory, "musersd.toml");
    const least = ['interfaces = ["lan0"]', `state_dir = "${this.directory}/state"`];
    writeFileSync(path, [...least, ...lines, ""].join("\n"));
    return path;
  }

  /** Starts musersd and waits until it serves. */
  async start(config: string = this.writeConfig()): Promise<RunningDaemon> {
    const daemon = this.#startWith([process.execPath, MAIN, "--config", config]);
    await daemon.waitFor((line) => line.msg === "serving", "musersd serves");
    return daemon;
  }

  /** Starts a part of musersd alone, behind a command that runs it. */
  startPart(part: string, config: string, command: readonly string[]): RunningDaemon {
    return this.#startWith([...command, process.execPath, MAIN, "--config", config, "--part", part]);
  }

  #startWith(command: readonly string[]): RunningDaemon {
    const child = spawn("nsenter", [`--net=/run/netns/${this.name}`, ...command]);
    this.#daemons.add(child);
    child.once("exit", () => this.#daemons.delete(child));
    return new RunningDaemon(child);
  }

  /** Runs musersd until it ends by itself. */
  async runToEnd(args: string[], command: string[] = []): Promise<{ code: number | null; stderr: string }> {
    const child = spawn("nsenter", [`--net=/run/netns/${this.name}`, ...command, process.execPath, MAIN, ...args]);
    this.#daemons.add(child);
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += String(chunk)));
    child.stdout.resume();
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    this.#daemons.delete(child);
    return { code, stderr };
  }

  /** The id of the filter that is attached to the interface; undefined when there is none. */
  attachedFilter(name = "lan0"): string | undefined {
    return this.inMrouter(process.execPath, ATTACHED, name) || undefined;
  }

  /** Takes the filter off lan0, as a hand would. */
  detachFilter(): void {
    this.inMrouter(process.execPath, ATTACHED, "lan0", "detach", PROGRAM_NAME);
  }

  /** Puts a pinned program in the place of the filter of lan0. */
  replaceFilter(pin: string): void {
    this.inMrouter(process.execPath, ATTACHED, "lan0", "attach", pin);
  }

  /** Processes of the namespace that run the serving part. */
  serverPids(): string[] {
    return this.pids().filter((pid) => commandLine(pid).includes("--part\0server"));
  }

  /** Processes of the namespace. */
  pids(): string[] {
    return execFileSync("ip", ["netns", "pids", this.name], { encoding: "utf8" }).split("\n").filter(Boolean);
  }

  close(): void {
    for (const child of this.#daemons) child.kill("SIGKILL");
    for (const name of [this.name, this.host]) ip("netns", "del", name);
    run(undefined, ["sh", "-c", `umount ${this.directory}/state/bpf 2>/dev/null || true`]);
    rmSync(this.directory, { recursive: true });
  }
}

type LogLine = Record<string, unknown>;

export class RunningDaemon {
  readonly #child: ChildProcess;
  readonly lines: LogLine[] = [];
  #wake: (() => void) | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null || child.stderr === null) throw new Error("no pipes");
    child.stderr.on("data", (chunk) => this.lines.push({ stderr: String(chunk) }));
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.lines.push(JSON.parse(line) as LogLine);
      this.#wake?.();
    });
  }

  /** Waits for a log line, past ones included. */
  async waitFor(matches: (line: LogLine) => boolean, what: string): Promise<LogLine> {
    const deadline = Date.now() + START_DEADLINE_MS;
    for (;;) {
      const found = this.lines.find(matches);
      if (found !== undefined) return found;
      const leftMs = deadline - Date.now();
      if (leftMs <= 0 || this.#child.exitCode !== null)
        throw new Error(`${what}: not within ${START_DEADLINE_MS} ms; log: ${JSON.stringify(this.lines)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, Math.min(leftMs, 100));
      });
    }
  }

  /** Ends the daemon, which may be another process behind the one that was started, and waits until that has ended. */
  async end(signal: NodeJS.Signals, pid = this.#child.pid ?? 0): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.#child.once("exit", resolve));
    process.kill(pid, signal);
    return ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** Waits until the condition holds, looking every 20 ms; fails with `what` after 5 s. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within 5 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // It ended after it was listed.
    return "";
  }
}

function ip(...args: string[]): void {
  execFileSync("ip", args);
}

function run(namespace: string | undefined, command: string[]): string {
  const [file = "", ...args] =
    namespace === undefined ? command : ["nsenter", `--net=/run/netns/${namespace}`, ...command];
  return execFileSync(file, args, { encoding: "utf8" });
}
