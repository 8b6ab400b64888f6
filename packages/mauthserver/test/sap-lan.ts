// SPDX-License-Identifier: MIT
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

/*
 *   announcer 0  sap0 192.0.2.1   ────────  sap0 192.0.2.2   listener
 *                     2001:db8::1                2001:db8::2
 *   announcer 1  sap0 192.0.2.11  ────────  sap1 192.0.2.12
 *                     2001:db8:1::1              2001:db8:1::2
 *
 * Network namespaces joined by veth pairs; one announcer unless more are asked for. All IPv4 addresses are of one network,
 * so that no source tells its interface.
 */

/** Followed by the process id of the test, so that what a killed one left behind is found. */
const PREFIX = "sap-lan-";

/** A line that the program of the listening side wrote. */
export interface Line {
  readonly type: string;
  readonly id?: string;
  readonly reason?: string;
  readonly session?: {
    readonly id: string;
    readonly title: string;
    readonly announcer: string;
    readonly messageIdHash: number;
  };
  readonly [key: string]: unknown;
}

export interface ListenOptions {
  /** Tells nothing but when it has so many sessions. */
  readonly awaited?: number;
  /** With commas between them. */
  readonly interfaces?: string;
  /** How many times as fast its clock is; then silence ends a session after ten periods of that clock. */
  readonly haste?: number;
}

/** A LAN for real announcers, with a listener on it. */
export class SapLan {
  readonly #announcers: readonly string[];
  readonly #listener = `${PREFIX}${process.pid}-b`;
  readonly #lines: Line[] = [];
  readonly #children: ChildProcess[] = [];
  #hearing: ChildProcess | undefined;
  #notify: (() => void) | undefined;

  constructor(announcers = 1) {
    removeLeftovers();
    this.#announcers = Array.from({ length: announcers }, (_, lan) => `${PREFIX}${process.pid}-a${lan}`);
    for (const namespace of [...this.#announcers, this.#listener]) {
      run(["netns", "add", namespace]);
      run(["-n", namespace, "link", "set", "lo", "up"]);
    }
    acceptAnyPath(this.#listener);
    for (const lan of this.#announcers.keys()) this.connect(lan);
  }

  /** Makes the cable and both interfaces; also after `disconnect`, then as new interfaces of the same name. */
  connect(lan = 0): void {
    const announcer = this.#announcerOf(lan);
    const [a, b] = [
      { namespace: announcer, name: "sap0" },
      { namespace: this.#listener, name: `sap${lan}` },
    ] as const;
    run(["link", "add", a.name, "netns", a.namespace, "type", "veth", "peer", "name", b.name, "netns", b.namespace]);
    for (const [{ namespace, name }, host] of [
      [a, 1],
      [b, 2],
    ] as const) {
      run(["-n", namespace, "addr", "add", `192.0.2.${lan * 10 + host}/24`, "dev", name]);
      run(["-n", namespace, "addr", "add", `2001:db8:${lan}::${host}/64`, "dev", name, "nodad"]);
      run(["-n", namespace, "link", "set", name, "up"]);
      if (name === "sap0") run(["-n", namespace, "route", "add", "224.0.0.0/4", "dev", name]);
    }
  }

  /** Destroys both interfaces. */
  disconnect(): void {
    run(["-n", this.#announcerOf(0), "link", "del", "sap0"]);
  }

  #announcerOf(lan: number): string {
    const announcer = this.#announcers[lan];
    if (announcer === undefined) throw new RangeError(`there is no announcer ${lan}`);
    return announcer;
  }

  /** Starts the listener and resolves once it has joined. */
  async listen({ awaited, interfaces = "sap0", haste }: ListenOptions = {}): Promise<void> {
    const node = path.join(import.meta.dirname, "../../../node_modules/.bin/node");
    const child = this.#spawn(this.#listener, [
      node,
      path.join(import.meta.dirname, "hear.ts"),
      interfaces,
      awaited === undefined ? "" : String(awaited),
      ...(haste === undefined ? [] : [String(haste)]),
    ]);
    this.#hearing = child;
    if (child.stdout === null) throw new Error("the listener has no output");
    createInterface(child.stdout).on("line", (text) => {
      this.#lines.push(JSON.parse(text) as Line);
      this.#notify?.();
    });
    await this.next((line) => line.type === "ready");
  }

  /** Starts a program on the announcing side; `cwd` is where it finds its files. */
  announce(command: readonly string[], cwd?: string, lan = 0): ChildProcess {
    return this.#spawn(this.#announcerOf(lan), command, cwd);
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

  /** Lets the listener stop and write what it counted. */
  endListening(): void {
    this.#hearing?.stdin?.end();
  }

  /** Resolves once a program has written something; what is written before the call counts only if nobody else reads it. */
  async saidBy(child: ChildProcess, text: string): Promise<void> {
    let said = "";
    while (!said.includes(text)) {
      if (child.stdout === null) throw new Error("the program has no output");
      said += String((await once(child.stdout, "data"))[0]);
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
    for (const namespace of [...this.#announcers, this.#listener]) run(["netns", "del", namespace]);
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

/** Reverse-path filtering would drop what comes from a network that is behind several interfaces. */
function acceptAnyPath(namespace: string): void {
  const writes = ["all", "default"].map((name) => `echo 0 > /proc/sys/net/ipv4/conf/${name}/rp_filter`).join("; ");
  execFileSync("nsenter", [`--net=/run/netns/${namespace}`, "sh", "-c", writes]);
}

function removeLeftovers(): void {
  for (const [name, pid] of run(["netns", "list"]).matchAll(new RegExp(`^${PREFIX}(\\d+)-[ab]\\d*`, "gm")))
    if (!existsSync(`/proc/${pid}`)) run(["netns", "del", name]);
}
