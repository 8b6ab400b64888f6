// SPDX-License-Identifier: MIT
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inNamespace } from "../run.ts";
import { type TrafficProgram, programPath } from "./build.ts";

/** Thrown when a traffic program fails; the message is what it said. */
export class TrafficError extends Error {
  readonly code = "TRAFFIC";
}

/**
 * A traffic program in a namespace, spoken to in lines. It ends at the end of its standard input, hence also when the
 * lab's owner dies.
 */
export class Tool {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #onLine: (line: string) => void;
  readonly #ended: Promise<void>;
  #complaint = "";

  constructor(options: {
    namespace: string;
    program: TrafficProgram;
    args: readonly string[];
    onLine: (line: string) => void;
  }) {
    const { namespace, program, args } = options;
    this.#onLine = options.onLine;
    this.#child = spawn("nsenter", inNamespace(namespace, [programPath(program), ...args]), { detached: true });
    this.#child.stderr.on("data", (text: Buffer) => (this.#complaint += text.toString()));
    this.#child.stdin.on("error", () => undefined); // It ended; `ended` says why.
    createInterface(this.#child.stdout).on("line", (line) => this.#onLine(line));
    this.#ended = once(this.#child, "close").then(() => undefined);
  }

  /** Why it failed, undefined while it has not. */
  get failure(): TrafficError | undefined {
    return this.#complaint === "" ? undefined : new TrafficError(this.#complaint.trim());
  }

  /** Settles when the program has ended and all its lines were read. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  write(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}
