// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { deleteModuleFilter, ModuleFilter } from "../../../src/filter/module-filter.ts";
import { loadNative } from "../../../src/native.ts";
import { ipv4 } from "../../filter-contract.ts";
import { afterEach, describe, expect, it } from "./harness.ts";
import { theLab, until } from "./lab.ts";
import { run } from "./shell.ts";

const native = loadNative();
const SOURCE = "192.0.2.11";
const GROUP = "233.252.0.41";
const ROGUE = "233.252.0.49";
const GATE = "mauth_gate_run_musersd";
/** The paper's request: sequence, command, source, group, TTL. */
const ADD = "01 00 c000020b e9fc0029 10";
const REMOVE = "02 01 c000020b e9fc0029 00";

class Daemon {
  readonly #child: ChildProcess;
  readonly lines: string[] = [];
  errors = "";

  constructor(...more: string[]) {
    const lines = ['interfaces = ["in0"]', 'filter = "module"', 'state_dir = "/run/musersd"'];
    writeFileSync("/tmp/musersd.toml", `${lines.join("\n")}\n`);
    const args = ["/mauth/test/musersd.mjs", "--config", "/tmp/musersd.toml", ...more];
    this.#child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    if (this.#child.stdout !== null) createInterface(this.#child.stdout).on("line", (line) => this.lines.push(line));
    this.#child.stderr?.on("data", (bytes) => (this.errors += String(bytes)));
  }

  /** Waits until it has ended by itself. */
  async ended(): Promise<number | null> {
    await until(() => this.#child.exitCode !== null || this.#child.signalCode !== null, "musersd ends by itself");
    return this.#child.exitCode;
  }

  async serving(): Promise<void> {
    await until(() => this.lines.some((line) => line.includes('"serving"')), "musersd serves");
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}

/** Sends a v1 request and returns the response, both in hex. */
async function call(request: string): Promise<string> {
  const socket = createSocket("udp4");
  socket.connect(9874, "127.0.0.1");
  await once(socket, "connect");
  socket.send(Buffer.from(request.replaceAll(" ", ""), "hex"));
  const [answer] = (await once(socket, "message")) as [Uint8Array];
  socket.close();
  return Buffer.from(answer).toString("hex");
}

function isGateClosed(): boolean {
  return run("nft", "list", "tables").includes(GATE);
}

function openGate(): void {
  if (isGateClosed()) run("nft", "delete", "table", "inet", GATE);
}

function droppedByGate(): number {
  const listing = run("nft", "list", "table", "inet", GATE);
  return Array.from(listing.matchAll(/counter packets (\d+)/g)).reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Capabilities and user of the part that talks to the network. */
function serverStatus(): { uid: string; capabilities: string } {
  const pid = run("/bin/sh", "-c", "grep -l -- '--part' /proc/[0-9]*/cmdline").split("/")[2] ?? "";
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return { uid: /^Uid:\s+(\d+)/m.exec(status)?.[1] ?? "", capabilities: /^CapEff:\s+(\w+)/m.exec(status)?.[1] ?? "" };
}

describe('musersd with filter = "module"', () => {
  let daemon: Daemon;
  afterEach(async () => {
    await daemon.kill();
    deleteModuleFilter(native);
    rmSync("/run/musersd", { recursive: true, force: true });
    openGate();
  });

  it("the gate stays open where the module judges, and only there", async () => {
    await theLab();
    const closes = async (): Promise<boolean> => {
      const gate = new Daemon("--part", "gate");
      expect({ code: await gate.ended(), errors: gate.errors }).toEqual({ code: 0, errors: "" });
      return isGateClosed();
    };
    expect(await closes(), "the gate without a filter").toBe(true);
    daemon = new Daemon();
    await daemon.serving();
    expect(isGateClosed(), "the gate beside the module's filter").toBe(false);
    expect(await closes(), "closing it once more").toBe(false);
    await daemon.kill();
    expect(await closes(), "closing it while the kernel alone enforces").toBe(false);
    new ModuleFilter(native).detach("in0");
    expect(await closes(), "the gate of an interface without the filter").toBe(true);
    daemon = new Daemon();
    await daemon.serving();
    expect(isGateClosed(), "the gate when the filter is back").toBe(false);
  });

  it("says one sentence when its filter is deleted, closes the gate, and opens it when it is started again", async () => {
    const lab = await theLab();
    daemon = new Daemon();
    await daemon.serving();
    await lab.join(GROUP, ROGUE);
    expect(await call(ADD)).toBe("0001");
    await lab.warmUp(GROUP);
    deleteModuleFilter(native);
    expect(await daemon.ended()).toBe(1);
    expect(daemon.errors).toBe("musersd: the kernel has lost the filter: somebody deleted it or took its module out\n");
    expect(isGateClosed()).toBe(true);
    const before = await lab.receiver.received(GROUP);
    await lab.host.send(ROGUE, { count: 10 });
    await lab.host.send(GROUP, { count: 10 });
    await until(() => droppedByGate() === 20, "the gate drops what nobody judges");
    daemon = new Daemon();
    await daemon.serving();
    expect(isGateClosed()).toBe(false);
    expect(await call(ADD)).toBe("0001");
    await lab.host.send(ROGUE, { count: 10 });
    await lab.host.send(GROUP, { count: 10 });
    await until(async () => (await lab.receiver.received(GROUP)) === before + 10, "permitted packets arrive again");
    expect(await lab.receiver.received(ROGUE)).toBe(0);
  });

  it("takes senders without any capability, and its filter stays in force when it is killed and started again", async () => {
    const lab = await theLab();
    daemon = new Daemon();
    await daemon.serving();
    expect(serverStatus()).toEqual({ uid: "65534", capabilities: "0000000000000000" });
    await lab.join(GROUP, ROGUE);
    expect(await call(ADD)).toBe("0001");
    await lab.warmUp(GROUP);
    await daemon.kill();
    const before = await lab.receiver.received(GROUP);
    await lab.host.send(ROGUE, { count: 10 });
    await lab.host.send(GROUP, { ttl: 17, count: 10 });
    await lab.host.send(GROUP, { ttl: 16, count: 10 });
    await until(async () => (await lab.receiver.received(GROUP)) === before + 10, "permitted packets arrive");
    expect(await lab.receiver.received(ROGUE)).toBe(0);
    daemon = new Daemon();
    await daemon.serving();
    const filter = new ModuleFilter(native);
    expect(filter.senders()).toMatchObject([{ source: ipv4(SOURCE), group: ipv4(GROUP), maxTtl: 16 }]);
    expect(filter.interfaces().map(({ name }) => name)).toEqual(["in0"]);
    expect(await call(REMOVE)).toBe("0002");
    await lab.host.send(GROUP, { count: 10 });
    const isRefused = (): boolean =>
      filter.denied().some((row) => row.group === ipv4(GROUP) && row.reason === "UNKNOWN" && row.packets === 20);
    await until(isRefused, "what was removed is refused, beside 10 packets of too great a TTL");
    expect(await lab.receiver.received(GROUP)).toBe(before + 10);
    filter.close();
  });
});
