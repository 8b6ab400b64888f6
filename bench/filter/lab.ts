// SPDX-License-Identifier: MIT
/*
 * A router between two cables, without a routing daemon:
 *
 *   host h0 ---- lan0 router wan0 ---- w0 host
 */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildTrafficPrograms, programPath } from "../../e2e/lab/traffic/build.ts";

/** The group and the source that are permitted and forwarded; RFC 2544 and MCAST-TEST-NET addresses. */
export const GROUP = "233.252.0.0";
export const SOURCE = "198.18.0.7";
/** The first of the sources that are not permitted. */
export const ROGUE_SOURCE = "203.0.113.0";

const HERE = import.meta.dirname;
const MULTIARCH = "x86_64-linux-gnu";
const MULTIARCH_INCLUDE = `/usr/include/${MULTIARCH}`;
/** Attaches programs as musersd does. */
const ATTACHED = fileURLToPath(new URL("../../packages/musersd/test/attached.ts", import.meta.url));
/** Unpacked by `sh scripts/setup test`. */
const IPTABLES = join(HERE, "../../.cache/daemons/iptables/usr");

/** Tells whether iptables can be measured here. */
export function hasIptables(): boolean {
  return existsSync(IPTABLES);
}

export class FilterLab {
  readonly directory = mkdtempSync(join(tmpdir(), "mauth-bench-"));
  readonly #router: string;
  readonly #host: string;
  #forwarder: ChildProcess | undefined;

  /** `label` tells several apart. */
  constructor(label = "") {
    this.#router = `bench-${process.pid}${label}-r`;
    this.#host = `bench-${process.pid}${label}-h`;
  }

  /** Compiles the programs, makes the namespaces and lets the router forward the permitted sender. */
  async open(): Promise<void> {
    this.#compile();
    await buildTrafficPrograms();
    for (const name of [this.#router, this.#host]) run("ip", "netns", "add", name);
    for (const [inner, outer] of [
      ["lan0", "h0"],
      ["wan0", "w0"],
    ] as const) {
      run(
        "ip",
        "link",
        "add",
        inner,
        "netns",
        this.#router,
        "type",
        "veth",
        "peer",
        "name",
        outer,
        "netns",
        this.#host,
      );
      this.inHost("ip", "link", "set", outer, "up");
      this.inRouter("ip", "link", "set", inner, "up");
    }
    this.inRouter("ip", "addr", "add", "198.18.255.1/15", "dev", "lan0");
    this.inRouter("ip", "addr", "add", "192.0.2.1/24", "dev", "wan0");
    for (const name of ["all", "lan0"]) this.inRouter("sysctl", "-qw", `net.ipv4.conf.${name}.rp_filter=0`);
    this.inRouter("sysctl", "-qw", "net.ipv4.ip_forward=1");
    const command = ["python3", join(HERE, "forward.py"), "lan0", "wan0", GROUP, SOURCE];
    this.#forwarder = spawn("nsenter", [`--net=/run/netns/${this.#router}`, ...command], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (this.#forwarder.stdout !== null) await once(this.#forwarder.stdout, "data");
  }

  inRouter(...command: string[]): string {
    return run("nsenter", `--net=/run/netns/${this.#router}`, ...command);
  }

  inHost(...command: string[]): string {
    return run("nsenter", `--net=/run/netns/${this.#host}`, ...command);
  }

  /** Of the interface that the filter is attached to. */
  ifindex(): number {
    const [link] = JSON.parse(this.inRouter("ip", "-j", "link", "show", "lan0")) as [{ ifindex: number }];
    return link.ifindex;
  }

  /** Puts a pinned program where the filter would be. */
  attach(pin: string): void {
    this.inRouter(process.execPath, ATTACHED, "lan0", "attach", pin);
  }

  detach(program: string): void {
    this.inRouter(process.execPath, ATTACHED, "lan0", "detach", program);
  }

  /** Loads rules; returns how long that took in milliseconds. */
  loadRules(rules: string): number {
    const path = join(this.directory, "rules.nft");
    writeFileSync(path, rules);
    const start = performance.now();
    this.inRouter("nft", "-f", path);
    return performance.now() - start;
  }

  flushRules(): void {
    this.inRouter("nft", "flush", "ruleset");
  }

  /** Loads rules into the raw table of iptables, which stays hooked in when it is empty again. */
  loadIptables(rules: readonly string[]): void {
    const table = ["*raw", ":PREROUTING ACCEPT", ...rules, "COMMIT", ""].join("\n");
    const path = join(this.directory, "rules.iptables");
    writeFileSync(path, table);
    const libraries = [
      `LD_LIBRARY_PATH=${IPTABLES}/lib/${MULTIARCH}`,
      `XTABLES_LIBDIR=${IPTABLES}/lib/${MULTIARCH}/xtables`,
    ];
    this.inRouter("env", ...libraries, `${IPTABLES}/sbin/xtables-legacy-multi`, "iptables-restore", path);
  }

  /** Sends; returns nanoseconds of CPU time for each packet, and how many were forwarded. */
  flood(source: string, sources: number, packets: number): { ns: number; forwarded: number } {
    const before = this.#forwarded();
    const what = ["h0", source, `${sources}`, GROUP, "8", `${packets}`, "0"];
    const { cpuNs } = JSON.parse(this.inHost("taskset", "-c", "1", programPath("flood"), ...what)) as { cpuNs: number };
    return { ns: cpuNs, forwarded: this.#forwarded() - before };
  }

  close(): void {
    this.#forwarder?.kill("SIGKILL");
    for (const name of [this.#router, this.#host]) run("ip", "netns", "del", name);
    run("sh", "-c", `umount ${this.directory}/bpf 2>/dev/null || true`);
    rmSync(this.directory, { recursive: true });
  }

  #forwarded(): number {
    const [link] = JSON.parse(this.inRouter("ip", "-s", "-j", "link", "show", "wan0")) as [
      { stats64: { tx: { packets: number } } },
    ];
    return link.stats64.tx.packets;
  }

  #compile(): void {
    const bpf = ["-O2", "-g", "-target", "bpf", "-mcpu=v3", `-I${MULTIARCH_INCLUDE}`, "-c"];
    run("clang", ...bpf, join(HERE, "program.bpf.c"), "-o", join(this.directory, "program.bpf.o"));
    run("cc", "-O2", "-o", join(this.directory, "program"), join(HERE, "program.c"), "-lbpf");
  }
}

/** Runs a command and returns what it printed. */
export function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, { encoding: "utf8", maxBuffer: 1 << 28 });
}
