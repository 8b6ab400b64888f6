// SPDX-License-Identifier: MIT
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Flood } from "../../test/flood.ts";
import { TestMrouter, until } from "../../test/mrouter.ts";

/* The gap between boot and attach: host h0 ---- lan0 mrouter, counted before routing. */
const GROUP = "233.252.0.1";
const ROGUE_GROUP = "233.252.0.66";
/** Tests that start musersd and others one after the other, on a machine that may be busy. */
const TIMEOUT_MS = 120_000;
const ROUTERS_GROUP = "224.0.0.2";

let mrouter: TestMrouter;
beforeEach(() => (mrouter = new TestMrouter()));
afterEach(() => mrouter.close());

function config(...lines: string[]): string {
  const senders = join(mrouter.directory, "mauth.conf");
  writeFileSync(senders, `192.0.2.11 ${GROUP} 16\n`);
  return mrouter.writeConfig([`mauth_conf = "${senders}"`, "observed = []", ...lines]);
}

async function closeGate(path: string): Promise<string> {
  const { code, stderr } = await mrouter.runToEnd(["--config", path, "--part", "gate"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return mrouter.inMrouter("nft", "list", "ruleset");
}

/** Packets that the gate has dropped. */
function dropped(): number {
  const listing = mrouter.inMrouter("nft", "list", "table", "inet", gateName());
  return Array.from(listing.matchAll(/counter packets (\d+)/g), ([, count]) => Number(count)).reduce(
    (a, b) => a + b,
    0,
  );
}

function gateName(): string {
  return `mauth_gate${`${mrouter.directory}/state`.replaceAll(/[^A-Za-z0-9]/g, "_")}`;
}

function isGateClosed(): boolean {
  return mrouter.inMrouter("nft", "list", "tables").includes("mauth_gate");
}

it("without a gate there is a gap: what a host sends before the filter is attached comes in", async () => {
  const flood = await Flood.start(mrouter, { permitted: GROUP, rogue: ROGUE_GROUP });
  const { sent, received, leaked } = await flood.stop();
  expect({ received, leaked }).toEqual({ received: sent, leaked: sent });
});

it(
  "from boot on no packet comes in that nobody judged, and none is lost once the gate is open",
  async () => {
    const path = config();
    mrouter.unplug();
    await closeGate(path);
    mrouter.plugIn();
    const flood = await Flood.start(mrouter, { permitted: GROUP, rogue: ROGUE_GROUP });
    await flood.progress();
    expect(dropped()).toBeGreaterThan(200);
    const daemon = await mrouter.start(path);
    expect(daemon.lines).toContainEqual(
      expect.objectContaining({ msg: expect.stringContaining("gate opened") as string }),
    );
    expect(isGateClosed()).toBe(false);
    await flood.progress();
    const { received, leaked } = await flood.stop();
    expect(leaked).toBe(0);
    expect(received).toBeGreaterThan(100);
    mrouter.inMrouter("nft", "delete table ip flood");
    const after = await Flood.start(mrouter, { permitted: GROUP, rogue: ROGUE_GROUP });
    await daemon.end("SIGKILL");
    await mrouter.start(path);
    const second = await after.stop();
    expect(second).toEqual({ sent: second.sent, received: second.sent, leaked: 0 });
  },
  TIMEOUT_MS,
);

it("it lets packets of link-local scope and unicast through, and drops forged Registers", async () => {
  await closeGate(config('pim_neighbours = ["192.0.2.12"]'));
  mrouter.inHost("ip", "addr", "add", "192.0.2.12/24", "dev", "h0");
  mrouter.inMrouter("nft", "add table ip probe");
  mrouter.inMrouter("nft", "add chain ip probe in { type filter hook prerouting priority mangle; }");
  for (const rule of ["ip daddr 224.0.0.2", "ip daddr 192.0.2.1 ip protocol 103", "udp dport 9"])
    mrouter.inMrouter("nft", `add rule ip probe in ${rule} counter`);
  const send = [
    "import socket, sys",
    "pim = socket.socket(socket.AF_INET, socket.SOCK_RAW, 103)",
    "pim.bind((sys.argv[1], 0)); pim.sendto(b'!' + bytes(7), ('192.0.2.1', 0))",
    "udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind((sys.argv[1], 0))",
    `udp.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(sys.argv[1]))`,
    `udp.sendto(b'x', ('${ROUTERS_GROUP}', 5004)); udp.sendto(b'x', ('192.0.2.1', 9))`,
  ].join("\n");
  for (const source of ["192.0.2.11", "192.0.2.12"]) mrouter.inHost("python3", "-c", send, source);
  const counters = (): number[] => {
    const listing = mrouter.inMrouter("nft", "list", "chain", "ip", "probe", "in");
    return Array.from(listing.matchAll(/counter packets (\d+)/g), (found) => Number(found[1]));
  };
  await until(() => counters()[2] === 2, "the last packets");
  expect(counters()).toEqual([2, 1, 2]);
  expect(dropped()).toBe(1);
});

it("it drops IPv6 multicast, but not that of link-local scope", async () => {
  await closeGate(config());
  mrouter.inMrouter("nft", "add table ip6 probe");
  mrouter.inMrouter("nft", "add chain ip6 probe in { type filter hook prerouting priority mangle; }");
  for (const group of ["ff15::1234", "ff12::1234", "ff02::1234"])
    mrouter.inMrouter("nft", `add rule ip6 probe in ip6 daddr ${group} counter`);
  const send = [
    "import socket",
    "udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
    "udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex('h0'))",
    "for group in ('ff15::1234', 'ff12::1234', 'ff02::1234'): udp.sendto(b'x', (group, 5004))",
  ].join("\n");
  const counters = (): number[] => {
    const listing = mrouter.inMrouter("nft", "list", "chain", "ip6", "probe", "in");
    return Array.from(listing.matchAll(/counter packets (\d+)/g), (found) => Number(found[1]));
  };
  await until(
    () => mrouter.inHost("ip", "-6", "addr", "show", "dev", "h0", "-tentative").includes("inet6"),
    "an address",
  );
  mrouter.inHost("python3", "-c", send);
  await until(() => counters()[2] === 1, "the last packet");
  expect(counters()).toEqual([0, 1, 1]);
});

it("it stays closed while the filter cannot be attached everywhere", async () => {
  const path = config();
  await closeGate(path);
  writeFileSync(`${path}.more`, `interfaces = ["lan0", "lan1"]\nstate_dir = "${mrouter.directory}/state"\n`);
  const { code } = await mrouter.runToEnd(["--config", `${path}.more`]);
  expect(code).toBe(2);
  expect(isGateClosed()).toBe(true);
  const flood = await Flood.start(mrouter, { permitted: GROUP, rogue: ROGUE_GROUP });
  const { received, leaked } = await flood.stop();
  expect({ received, leaked }).toEqual({ received: 0, leaked: 0 });
});

it(
  "it is not closed where the filter judges already, and one that is closed beside a loader is opened",
  async () => {
    const path = config();
    await mrouter.start(path);
    const flood = await Flood.start(mrouter, { permitted: GROUP, rogue: ROGUE_GROUP });
    expect(await closeGate(path)).not.toContain("mauth_gate");
    const { sent, received, leaked } = await flood.stop();
    expect({ received, leaked }).toEqual({ received: sent, leaked: 0 });
    mrouter.unplug();
    expect(await closeGate(path)).toContain("mauth_gate");
    mrouter.plugIn();
    await until(() => !isGateClosed() && !existsSync(join(mrouter.directory, "state/gate")), "the gate to be opened");
  },
  TIMEOUT_MS,
);

it.each(['mode = "monitor"', 'filter = "memory"'])("it is not closed with %s", async (line) => {
  expect(await closeGate(config(line))).not.toContain("mauth_gate");
});
