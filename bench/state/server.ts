// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";

const MAIN = path.join(import.meta.dirname, "../../packages/mauthserver/src/main.ts");
const POLL_MS = 10;
const READY_MS_MAX = 300_000;

/** A mauthserver of its own process, as an operator runs it. */
export class BenchServer {
  readonly #child: ChildProcess;
  readonly origin: string;
  /** From the start of the process until it answers that it is healthy, and the processor time that took. */
  readonly startMs: number;
  readonly startCpuMs: number;

  private constructor(child: ChildProcess, origin: string, startMs: number, startCpuMs: number) {
    this.#child = child;
    this.origin = origin;
    this.startMs = startMs;
    this.startCpuMs = startCpuMs;
  }

  /** `mrouters` are [[mrouter]] tables in TOML. */
  static async start(folder: string, port: number, mrouters: string): Promise<BenchServer> {
    const file = path.join(folder, "bench.toml");
    await writeFile(file, `listen = "127.0.0.1:${port}"\nstore = "sqlite:${folder}/mauth.db"\n${mrouters}`);
    const beganMs = performance.now();
    const child = spawn(process.execPath, [MAIN, "serve", "--config", file], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const origin = `http://127.0.0.1:${port}`;
    while (!(await isHealthy(origin))) {
      if (child.exitCode !== null) throw new Error(`mauthserver ended with exit code ${child.exitCode}`);
      if (performance.now() - beganMs > READY_MS_MAX) throw new Error("mauthserver is not ready");
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return new BenchServer(child, origin, performance.now() - beganMs, cpuMsOf(child.pid ?? 0));
  }

  /** Resident memory in MiB. */
  get memoryMib(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}

async function isHealthy(origin: string): Promise<boolean> {
  const answer = await fetch(`${origin}/healthz`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true;
}

/** Processor time of a process in ms; the kernel counts in hundredths of a second. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
