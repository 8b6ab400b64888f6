// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Flood } from "../../test/flood.ts";
import { TestMrouter, until } from "../../test/mrouter.ts";
import { Probe } from "../../test/probe.ts";

/* Internal interfaces that are no Ethernet card: a bridge, and a tun, whose packets have no link header. */
const TUN = fileURLToPath(new URL("../../test/tun.py", import.meta.url));
const PERMITTED = "233.252.0.1";
const ROGUE = "233.252.0.66";

let mrouter: TestMrouter;
beforeEach(() => (mrouter = new TestMrouter()));
afterEach(() => mrouter.close());

async function startOn(name: string): Promise<void> {
  const config = mrouter.writeConfig(["observed = []"]);
  execFileSync("sed", ["-i", `s/"lan0"/"${name}"/`, config]);
  await mrouter.start(config);
}

it("the filter judges what a bridge hands to the mrouter", async () => {
  for (const command of [
    "link add br0 type bridge mcast_snooping 0",
    "addr del 192.0.2.1/24 dev lan0",
    "link set lan0 master br0",
    "addr add 192.0.2.1/24 dev br0",
    "link set br0 up",
  ])
    mrouter.inMrouter("ip", ...command.split(" "));
  // Where the kernel shows bridged packets to netfilter, they would be counted before the bridge hands them over.
  if (existsSync("/proc/sys/net/bridge")) mrouter.inMrouter("sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=0");
  await startOn("br0");
  const [link] = JSON.parse(mrouter.inHost("ip", "-j", "link", "show", "h0")) as [{ address: string }];
  mrouter.ctl("add", "192.0.2.11", PERMITTED, "16", "--interface", "br0", "--mac", link.address);
  const flood = await Flood.start(mrouter, { permitted: PERMITTED, rogue: ROGUE });
  const { sent, received, leaked } = await flood.stop();
  expect({ received, leaked }).toEqual({ received: sent, leaked: 0 });
});

it("the filter judges packets without a link header, and no address of one fits them", async () => {
  mrouter.inMrouter("ip", "tuntap", "add", "tun0", "mode", "tun");
  mrouter.inMrouter("ip", "addr", "add", "198.51.100.1/24", "dev", "tun0");
  mrouter.inMrouter("ip", "link", "set", "tun0", "up");
  await startOn("tun0");
  mrouter.ctl("add", "198.51.100.9", PERMITTED, "16", "--interface", "tun0");
  // Where an Ethernet header would have its source, this packet has 40 00 08 11 d5 f3.
  mrouter.ctl("add", "198.51.100.9", "233.252.0.2", "16", "--mac", "40:00:08:11:d5:f3");
  const probe = new Probe(mrouter);
  probe.count(...[PERMITTED, ROGUE, "233.252.0.2", "198.51.100.1"].map((group) => `ip daddr ${group}`));
  const packets = [
    "4500001c000140000811d5f4c6336409e9fc00011000138c00080000",
    "4500001c000140000811d5b3c6336409e9fc00421000138c00080000",
    "4500001c000140000811d5f3c6336409e9fc00021000138c00080000",
    // With an Ethernet header of 14 bytes before it, the rest would be a packet of the permitted sender.
    "45000022000140000811000008004500e9fc0042000001110000c6336409e9fc0001",
    // To the mrouter itself: the last one.
    "4500001c00014000081195b4c6336409c63364011000138c00080000",
  ];
  const command = [`--net=/run/netns/${mrouter.name}`, "python3", TUN, "tun0"];
  execFileSync("nsenter", command, { input: packets.map((packet) => withChecksum(packet)).join("\n") });
  await until(() => probe.packets[3] === 1, "the last packet");
  expect(probe.packets).toEqual([1, 0, 0, 1]);
  const reasons = (JSON.parse(mrouter.ctl("--json", "denied")) as { reason: string }[]).map(({ reason }) => reason);
  expect(new Set(reasons)).toEqual(new Set(["UNKNOWN", "SPOOF"]));
});

/** Puts in the checksum of a 20-byte header (RFC 1071). */
function withChecksum(packet: string): string {
  const words = Array.from({ length: 10 }, (_, index) => Number.parseInt(packet.slice(4 * index, 4 * index + 4), 16));
  let sum = words.reduce((total, word, index) => (index === 5 ? total : total + word), 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return `${packet.slice(0, 20)}${(~sum & 0xffff).toString(16).padStart(4, "0")}${packet.slice(24)}`;
}
