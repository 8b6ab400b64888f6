// SPDX-License-Identifier: MIT
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

/*
 *   announcer  sap0 192.0.2.1  ────────  listener  sap0 192.0.2.2
 *                   2001:db8::1                         2001:db8::2
 *
 * Two network namespaces joined by one veth pair.
 */

/** Followed by the process id of the test, so that what a killed one left behind is found. */
const PREFIX = "sap-lan-";

/** A line that the program of the listening side wrote. */
export interface Line {
  readonly type: string;
  readonly reason?: string;
  readonly session?: { readonly title: string; readonly announcer: string; readonly messageIdHash: number };
  readonly [key: string]: unknown;
}

/** A LAN for real announcers, with a listener on it. */
export class SapLan {
  readonly #announcer = `${PREFIX}${process.pid}-a`;
  readonly #listener = `${PREFIX}${process.pid}-b`;
  readonly #lines: Line[] = [];
  readonly #children: ChildProcess[] = [];
  #notify: (() => void) | undefined;

  constructor() {
    removeLeftovers();
    for (const namespace of [this.#announcer, this.#listener]) {
      run(["netns", "add", namespace]);
      run(["-n", namespace, "link", "set", "lo", "up"]);
    }
    this.connect();
  }

  /** Makes the cable and both interfaces; also after `disconnect`, then as new interfaces of the same name. */
  connect(): void {
    const [a, b] = [this.#announcer, this.#listener];
    run(["link", "add", "sap0", "netns", a, "type", "veth", "peer", "name", "sap0", "netns", b]);
    for (const [namespace, host] of [
      [a, 1],
      [b, 2],
    ] as const) {
      run(["-n", namespace, "addr", "add", `192.0.2.${host}/24`, "dev", "sap0"]);
      run(["-n", namespace, "addr", "add", `2001:db8::${host}/64`, "dev", "sap0", "nodad"]);
      run(["-n", namespace, "link", "set", "sap0", "up"]);
      run(["-n", namespace, "route", "add", "224.0.0.0/4", "dev", "sap0"]);
    }
  }

  /** Destroys both interfaces. */
  disconnect(): void {
    run(["-n", this.#announcer, "link", "del", "sap0"]);
  }

  /** Starts the listener and resolves once it has joined; with a number it tells only when it has so many sessions. */
  async listen(awaited?: number): Promise<void> {
    const node = path.join(import.meta.dirname, "../../../node_modules/.bin/node");
    const child = this.#spawn(this.#listener, [
      node,
      path.join(import.meta.dirname, "hear.ts"),
      "sap0",
      ...(awaited === undefined ? [] : [String(awaited)]),
    ]);
    if (child.stdout === null) throw new Error("the listener has no output");
    createInterface(child.stdout).on("line", (text) => {
      this.#lines.push(JSON.parse(text) as Line);
      this.#notify?.();
    });
    await this.next((line) => line.type === "ready");
  }

  /** Starts a program on the announcing side; `cwd` is where it finds its files. */
  announce(command: readonly string[], cwd?: string): ChildProcess {
    return this.#spawn(this.#announcer, command, cwd);
  }

  /** Starts a program on the listening side. */
  receive(command: readonly string[]): ChildProcess {
    return this.#spawn(this.#listener, command);
  }

  /** Takes lines from the listener until one fits, and returns that; the test's own timeout is the deadline. */
  async next(fits: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) if (fits(line)) return line;
      await new Promise<void>((resolve) => (this.#notify = resolve));
    }
  }

  /** Ends every program and removes the namespaces. */
  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
    for (const namespace of [this.#announcer, this.#listener]) run(["netns", "del", namespace]);
  }

  #spawn(namespace: string, command: readonly string[], cwd?: string): ChildProcess {
    const stdio = ["pipe", "pipe", "ignore"] as const;
    // nsenter becomes the program, so that signals reach it.
    const child = spawn("nsenter", [`--net=/run/netns/${namespace}`, ...command], { stdio: [...stdio], cwd });
    this.#children.push(child);
    return child;
  }
}

function run(words: readonly string[]): string {
  return execFileSync("ip", words, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
}

function removeLeftovers(): void {
  for (const [name, pid] of run(["netns", "list"]).matchAll(new RegExp(`^${PREFIX}(\\d+)-[ab]`, "gm")))
    if (!existsSync(`/proc/${pid}`)) run(["netns", "del", name]);
}
