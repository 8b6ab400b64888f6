// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it } from "vitest";
import { ipv6Frame, ipv6Packet, udpOf } from "../../test/ipv6-packet.ts";
import { TestMrouter, until } from "../../test/mrouter.ts";
import { Probe } from "../../test/probe.ts";

/*
 * A tunnel that ends on the mrouter: what it unpacks comes in on its own interface, with a filter of its own or with none.
 * Of the tunnels that Linux knows, VXLAN (RFC 7348) is the one that most kernels have; the others work the same way.
 */
const GROUP = "ff3e::8000:66";
const VXLAN_PORT = 4789;

let mrouter: TestMrouter;
let probe: Probe;
beforeEach(() => {
  mrouter = new TestMrouter();
  const link = `link add vx0 type vxlan id 5 local 192.0.2.1 dstport ${VXLAN_PORT}`;
  mrouter.inMrouter("ip", ...link.split(" "));
  mrouter.inMrouter("ip", "link", "set", "vx0", "up");
  probe = new Probe(mrouter);
  probe.count(`iifname vx0 ip6 daddr ${GROUP}`, "iifname lan0 udp dport 9");
});
afterEach(() => mrouter.close());

/** Sends a datagram to the group through the tunnel, and one to the mrouter as the last; returns how many came out of it. */
async function sendThroughTunnel(): Promise<number> {
  const inner = ipv6Frame(GROUP, ipv6Packet({ group: GROUP, payload: udpOf(10) }));
  const script = `import socket
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.sendto(bytes.fromhex("0800000000000500${inner}"), ("192.0.2.1", ${VXLAN_PORT}))
udp.sendto(b"last", ("192.0.2.1", 9))`;
  const before = probe.packets;
  mrouter.inHost("python3", "-c", script);
  await until(() => probe.packets[1] === (before[1] ?? 0) + 1, "the last datagram");
  return (probe.packets[0] ?? Number.NaN) - (before[0] ?? Number.NaN);
}

async function startOn(...interfaces: string[]): Promise<void> {
  const config = mrouter.writeConfig(["observed = []"]);
  mrouter.inMrouter("sed", "-i", `s/"lan0"/${interfaces.map((name) => `"${name}"`).join(", ")}/`, config);
  await mrouter.start(config);
}

it("a tunnel is judged when its interface is internal", async () => {
  await startOn("lan0", "vx*");
  expect(await sendThroughTunnel()).toBe(0);
});

it("a tunnel that is not among the internal interfaces goes round the filter", async () => {
  await startOn("lan0");
  expect(await sendThroughTunnel()).toBe(1);
});
