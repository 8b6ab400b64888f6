// SPDX-License-Identifier: MIT
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestMrouter, until } from "../../test/mrouter.ts";

/*
 * A real routing daemon forwards IPv6 from lan0 to wan0; what leaves is counted where it arrives:
 *
 *   host h0 2001:db8:1::11 ---- lan0 mrouter wan0 ---- h1 host
 */
const SMCROUTED = fileURLToPath(new URL("../../../../.cache/daemons/smcroute/usr/sbin/smcrouted", import.meta.url));
const UDP6 = fileURLToPath(new URL("../../test/udp6.py", import.meta.url));
const SOURCE = "2001:db8:1::11";
const PERMITTED = "ff05::8000:1";
const ROGUE = "ff05::8000:66";
const OBSERVED = "ff05::2:7ffe";
/** Sent last by a permitted sender: when it has arrived, so has everything before it, or never will. */
const SENTINEL = "ff05::8000:99";

let mrouter: TestMrouter;
const children: ChildProcess[] = [];
beforeAll(async () => {
  mrouter = new TestMrouter();
  mrouter.inMrouter("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1");
  execFileSync("ip", `link add wan0 netns ${mrouter.name} type veth peer name h1 netns ${mrouter.host}`.split(" "));
  for (const [run, name, address] of [
    [mrouter.inMrouter, "lan0", "2001:db8:1::1/64"],
    [mrouter.inMrouter, "wan0", "2001:db8:2::1/64"],
    [mrouter.inHost, "h0", `${SOURCE}/64`],
    [mrouter.inHost, "h1", "2001:db8:2::11/64"],
  ] as const) {
    run("ip", "addr", "add", address, "dev", name, "nodad");
    run("ip", "link", "set", name, "up");
  }
  mrouter.inHost("nft", "add table ip6 probe");
  mrouter.inHost("nft", "add chain ip6 probe in { type filter hook prerouting priority raw; }");
  for (const group of [PERMITTED, ROGUE, OBSERVED, SENTINEL])
    mrouter.inHost("nft", `add rule ip6 probe in iifname h1 ip6 daddr ${group} counter`);
  await startSmcroute();
  await mrouter.start(mrouter.writeConfig([`observed = ["${OBSERVED}"]`]));
  for (const group of [PERMITTED, SENTINEL]) mrouter.ctl("add", SOURCE, group, "16");
  await warmUp();
}, 60_000);
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  mrouter.close();
});

async function startSmcroute(): Promise<void> {
  const file = `${mrouter.directory}/smcroute`;
  writeFileSync(`${file}.conf`, "phyint lan0 enable\nphyint wan0 enable\nmroute from lan0 group ff05::/16 to wan0\n");
  const files = ["-f", `${file}.conf`, "-P", `${file}.pid`, "-u", `${file}.sock`];
  spawnIn([SMCROUTED, "-n", "-N", "-c", "0", ...files]);
  await until(() => mrouter.inMrouter("cat", "/proc/net/ip6_mr_vif").includes("wan0"), "smcrouted routes IPv6");
}

/** The first packets of an (S,G) are lost while the daemon makes its route. */
async function warmUp(): Promise<void> {
  await until(() => {
    const { permitted, sentinel } = arrived();
    if (permitted > 0 && sentinel > 0) return true;
    send(16, PERMITTED, SENTINEL);
    return false;
  }, "routes for what is permitted");
}

function spawnIn(command: readonly string[]): ChildProcess {
  const child = spawn("nsenter", [`--net=/run/netns/${mrouter.name}`, ...command]);
  children.push(child);
  return child;
}

/** Packets that left the mrouter, by group. */
function arrived(): { permitted: number; rogue: number; observed: number; sentinel: number } {
  const listing = mrouter.inHost("nft", "list", "chain", "ip6", "probe", "in");
  const counted = Array.from(listing.matchAll(/counter packets (\d+)/g), (match) => Number(match[1]));
  const [permitted = -1, rogue = -1, observed = -1, sentinel = -1] = counted;
  return { permitted, rogue, observed, sentinel };
}

function send(hops: number, ...groups: string[]): void {
  mrouter.inHost("python3", UDP6, "send", "h0", SOURCE, String(hops), ...groups);
}

/** Groups of which the kernel keeps a forwarding entry. */
function cached(): string {
  return mrouter.inMrouter("ip", "-6", "mroute");
}

describe.skipIf(!existsSync(SMCROUTED))("with smcroute, of IPv6,", () => {
  it("what is permitted is forwarded, and what is refused leaves no trace", async () => {
    const before = arrived();
    send(16, ROGUE, PERMITTED, SENTINEL);
    await until(() => arrived().sentinel >= before.sentinel + 10, "the sentinels");
    expect(arrived()).toMatchObject({ permitted: before.permitted + 10, rogue: 0, observed: 0 });
    expect(cached()).toContain(PERMITTED);
    expect(cached()).not.toContain(ROGUE);
  });

  it("the hop limit is that of the sender, before the mrouter counts it down", async () => {
    const before = arrived();
    send(17, PERMITTED);
    send(16, SENTINEL);
    await until(() => arrived().sentinel >= before.sentinel + 10, "the sentinels");
    expect(arrived().permitted).toBe(before.permitted);
  });

  it("an observed group is heard on the mrouter with its hop limit, and never forwarded", async () => {
    const listener = spawnIn(["python3", UDP6, "count", "lan0", OBSERVED]);
    if (listener.stdout === null) throw new Error("no pipe");
    const lines: string[] = [];
    createInterface({ input: listener.stdout }).on("line", (line) => lines.push(line));
    await until(() => lines[0] === "ready", "the listener");
    const before = arrived();
    send(255, OBSERVED);
    send(16, SENTINEL);
    await until(() => arrived().sentinel >= before.sentinel + 10, "the sentinels");
    listener.stdin?.write("\n");
    await until(() => lines.length === 2, "what was heard");
    expect(JSON.parse(lines[1] ?? "")).toEqual(Array.from({ length: 10 }, () => 255));
    expect(arrived().observed).toBe(0);
    expect(cached()).not.toContain(OBSERVED);
  });
});
