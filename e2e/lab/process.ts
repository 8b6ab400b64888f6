// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { inNamespace } from "./run.ts";

/** How long a process may take to obey SIGTERM before it is killed. */
const STOP_MS = 5_000;
/** How long a program that ended by itself stays ended, when it is to run for ever. */
const RESTART_MS = 1_000;
/** How much of a log a failure shows. */
const LOG_TAIL_LINES = 15;

export interface LabProcessOptions {
  readonly name: string;
  readonly namespace: string;
  readonly command: readonly string[];
  readonly logFile: string;
  /** Start it again when it ends by itself. */
  readonly isForEver?: boolean;
}

/** A program that runs in one of the lab's namespaces until it is stopped; its output goes to a log file. */
export class LabProcess {
  readonly #options: LabProcessOptions;
  #child: ChildProcess | undefined;
  #isEnding = false;

  constructor(options: LabProcessOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** The process id, undefined when it does not run. */
  get pid(): number | undefined {
    return this.running ? this.#child?.pid : undefined;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts the program. Whether it is ready is for the caller to see. */
  start(): void {
    const { namespace, command, logFile, isForEver = false } = this.#options;
    const log = openSync(logFile, "a");
    // Detached: Ctrl-C in a terminal reaches only the owner of the lab, which stops the programs in order.
    this.#child = spawn("nsenter", inNamespace(namespace, command), {
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    this.#isEnding = false;
    if (isForEver) this.#child.once("exit", () => this.#startAgain());
  }

  /** Ends it as an operator would (SIGTERM). */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.#signal("SIGKILL"), STOP_MS);
    await this.#end("SIGTERM");
    clearTimeout(timer);
  }

  /** Ends it as a crash would (SIGKILL). */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** The last lines of its log. */
  logTail(): string {
    const lines = readFileSync(this.#options.logFile, "utf8").trimEnd().split("\n");
    return `${this.name} ${this.running ? "runs" : "ended"}, its log ends:\n${lines.slice(-LOG_TAIL_LINES).join("\n")}`;
  }

  #startAgain(): void {
    setTimeout(() => {
      if (!this.#isEnding) this.start();
    }, RESTART_MS).unref();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#isEnding = true;
    if (!this.running || this.#child === undefined) return;
    const exited = once(this.#child, "exit");
    this.#signal(signal);
    await exited;
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child?.kill(signal);
  }
}
