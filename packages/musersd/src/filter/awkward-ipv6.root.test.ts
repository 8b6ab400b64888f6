// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fragmentHeader, IPV6_SOURCE, ipv6Frame, ipv6Packet, ipv6UnicastFrame, udpOf } from "../../test/ipv6-packet.ts";
import { TestMrouter, until } from "../../test/mrouter.ts";
import { FrameTrial } from "../../test/probe.ts";

/*
 * IPv6 packets as no program sends them, against a running musersd; what comes through is counted before routing.
 * The permitted sender is 2001:db8:1::11 to ff3e::8000:1 with hop limit 16; everybody else is a rogue.
 */
const PERMITTED = "ff3e::8000:1";
const ROGUE = "ff3e::8000:66";
const MROUTER = "2001:db8:1::1";
const NEIGHBOUR = "2001:db8:1::12";
const PIM = 103;
const DESTINATION_OPTIONS = 60;
const FRAGMENT = 44;

let mrouter: TestMrouter;
let trial: FrameTrial;
beforeAll(async () => {
  mrouter = new TestMrouter();
  for (const [run, name, address] of [
    [mrouter.inMrouter, "lan0", "2001:db8:1::1/64"],
    [mrouter.inHost, "h0", "2001:db8:1::11/64"],
  ] as const) {
    run("ip", "link", "set", name, "mtu", "9000");
    run("ip", "addr", "add", address, "dev", name, "nodad");
  }
  mrouter.inHost("ip", "-6", "route", "add", "multicast", "ff00::/8", "dev", "h0", "table", "local");
  trial = new FrameTrial(mrouter, { permitted: PERMITTED, rogue: ROGUE });
  await mrouter.start(mrouter.writeConfig(["observed = []", `pim_neighbours = ["${NEIGHBOUR}"]`]));
  mrouter.ctl("add", "2001:db8:1::11", PERMITTED, "16");
}, 60_000);
afterAll(() => mrouter.close());
beforeEach(() => trial.restart());

/** The same for the permitted and for the rogue group. */
function both(make: (group: string) => string): string[] {
  return [PERMITTED, ROGUE].map(make);
}

function denied(): unknown {
  return JSON.parse(mrouter.ctl("--json", "denied"));
}

function macOfMrouter(): string {
  const [link] = JSON.parse(mrouter.inMrouter("ip", "-j", "link", "show", "lan0")) as [{ address: string }];
  return link.address;
}

/** A datagram of 3000 bytes as three fragments. */
function fragments(group: string): string[] {
  const fragment = (offset: number, hasMore: boolean, payload: string): string =>
    ipv6Frame(
      group,
      ipv6Packet({ group, nextHeader: FRAGMENT, payload: fragmentHeader(17, offset, hasMore) + payload }),
    );
  return [
    fragment(0, true, udpOf(1440)),
    fragment(181, true, "00".repeat(1448)),
    fragment(362, false, "00".repeat(104)),
  ];
}

describe("the filter judges, of IPv6,", () => {
  it("a plain datagram: the control of this test", async () => {
    const lines = both((group) => ipv6Frame(group, ipv6Packet({ group, payload: udpOf(100) })));
    expect(await trial.send(lines)).toEqual({ permitted: 1, rogue: 0 });
    expect(denied()).toContainEqual(expect.objectContaining({ reason: "UNKNOWN", group: ROGUE }));
  });

  it("the hop limit on arrival", async () => {
    const lines = [16, 17, 255].map((hopLimit) =>
      ipv6Frame(PERMITTED, ipv6Packet({ group: PERMITTED, hopLimit, payload: udpOf(10) })),
    );
    expect(await trial.send(lines)).toEqual({ permitted: 1, rogue: 0 });
  });

  it("every fragment, also those without a UDP header", async () => {
    expect(await trial.send([...fragments(PERMITTED), ...fragments(ROGUE)])).toEqual({ permitted: 3, rogue: 0 });
  });

  it("packets with extension headers", async () => {
    // Hop-by-hop and destination options, padding both.
    const chain = "3c000104000000001100010400000000";
    const lines = both((group) => ipv6Frame(group, ipv6Packet({ group, nextHeader: 0, payload: chain + udpOf(10) })));
    expect(await trial.send(lines)).toEqual({ permitted: 1, rogue: 0 });
  });

  it("jumbo frames", async () => {
    const lines = both((group) => ipv6Frame(group, ipv6Packet({ group, payload: udpOf(8900) })));
    expect(await trial.send(lines)).toEqual({ permitted: 1, rogue: 0 });
  });

  it("jumbograms (RFC 2675), which say that they have no length", async () => {
    const before = mrouter.refused("UNKNOWN");
    const payload = `1100c20400011170${udpOf(62)}`;
    const packet = ipv6Packet({ group: ROGUE, nextHeader: 0, payloadLength: 0, payload });
    expect(await trial.send([ipv6Frame(ROGUE, packet)])).toEqual({ permitted: 0, rogue: 0 });
    expect(mrouter.refused("UNKNOWN") - before).toBe(1);
  });

  it("what the sender's kernel left to be cut into datagrams", async () => {
    const { permitted, rogue } = await trial.send([`gso ${PERMITTED}`, `gso ${ROGUE}`]);
    expect(permitted).toBeGreaterThan(0);
    expect(rogue).toBe(0);
  });

  it("frames with a priority tag, which is as good as none", async () => {
    const lines = both((group) => ipv6Frame(group, ipv6Packet({ group, payload: udpOf(10) }), "8100e000"));
    expect(await trial.send(lines)).toEqual({ permitted: 1, rogue: 0 });
  });

  it("sources that are IPv4 addresses in IPv6 (RFC 4291 §2.5.5), which are nobody's", async () => {
    const lines = ["::ffff:192.0.2.11", "::192.0.2.11", "2002:c000:20b::1"].map((source) =>
      ipv6Frame(PERMITTED, ipv6Packet({ source, group: PERMITTED, payload: udpOf(10) })),
    );
    expect(await trial.send(lines)).toEqual({ permitted: 0, rogue: 0 });
  });

  it("truncated packets and those of another version, which it drops", async () => {
    const whole = ipv6Frame(ROGUE, ipv6Packet({ group: ROGUE, payload: udpOf(10) }));
    const lines = [...[15, 40, 53].map((length) => whole.slice(0, 2 * length)), whole.replace("86dd60", "86dd40")];
    const before = mrouter.refused("MALFORMED");
    expect(await trial.send(lines)).toEqual({ permitted: 0, rogue: 0 });
    expect(mrouter.refused("MALFORMED") - before).toBe(4);
  });

  it.each([
    ["as such", PIM, ""],
    ["behind options", DESTINATION_OPTIONS, "6700010400000000"],
    ["as a first fragment", FRAGMENT, fragmentHeader(PIM, 0, true)],
  ])(
    "a PIM Register to the mrouter, %s: a neighbour's comes in, a forged one does not",
    async (_how, nextHeader, extension) => {
      const inner = ipv6Packet({ group: ROGUE, payload: udpOf(10) });
      const payload = `${extension}21000000deff0000${inner}`;
      const register = (source: string): string =>
        ipv6UnicastFrame(macOfMrouter(), ipv6Packet({ source, group: MROUTER, nextHeader, payload }));
      const before = mrouter.refused("REGISTER");
      trial.probe.count(
        `ip6 saddr ${NEIGHBOUR} ip6 daddr ${MROUTER}`,
        `ip6 saddr ${IPV6_SOURCE} ip6 daddr ${MROUTER} meta l4proto 103`,
      );
      await trial.send([register(IPV6_SOURCE), register(NEIGHBOUR)]);
      expect(trial.probe.packets.slice(3)).toEqual([1, 0]);
      expect(mrouter.refused("REGISTER") - before).toBe(1);
      expect(denied()).toContainEqual(
        expect.objectContaining({ reason: "REGISTER", source: IPV6_SOURCE, group: MROUTER }),
      );
    },
  );

  it("PIM behind more headers than anybody needs, which it drops", async () => {
    const payload = `${"3c00010400000000".repeat(9)}6700010400000000`;
    const before = mrouter.refused("MALFORMED");
    const packet = ipv6Packet({ group: MROUTER, nextHeader: DESTINATION_OPTIONS, payload });
    await trial.send([ipv6UnicastFrame(macOfMrouter(), packet)]);
    expect(mrouter.refused("MALFORMED") - before).toBe(1);
  });
});

/** Joins a group in the host until its kernel has said so to the group itself. */
async function join(group: string, option: string): Promise<void> {
  const family = group.includes(":") ? "AF_INET6" : "AF_INET";
  const membership = group.includes(":")
    ? `socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, "${group}") + struct.pack("I", socket.if_nametoindex("h0"))`
    : `socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("${group}") + socket.inet_aton("192.0.2.11")`;
  mrouter.inHost("sysctl", "-qw", option);
  const script = `import socket, struct, sys\ns = socket.socket(socket.${family}, socket.SOCK_DGRAM)\ns.setsockopt(${membership})\nsys.stdin.read()`;
  const member = spawn("nsenter", [`--net=/run/netns/${mrouter.host}`, "python3", "-c", script]);
  try {
    await until(() => (trial.probe.packets[3] ?? 0) > 0, `a report for ${group}`);
  } finally {
    member.stdin.end();
  }
}

describe("the mrouter does not unpack without a tunnel", () => {
  it.each([
    ["IPv6 in IPv6", 41, ""],
    ["GRE", 47, "000086dd"],
    ["options before IPv6", DESTINATION_OPTIONS, "2900010400000000"],
  ])("%s", async (_name, nextHeader, header) => {
    const inner = ipv6Packet({ group: ROGUE, payload: udpOf(10) });
    const outer = ipv6Packet({ group: MROUTER, nextHeader, payload: header + inner });
    expect(await trial.send([ipv6UnicastFrame(macOfMrouter(), outer)])).toEqual({ permitted: 0, rogue: 0 });
  });
});

describe("the filter passes", () => {
  it("reports of IGMPv2, which go to the group that a host joins", async () => {
    trial.probe.count("ip daddr 233.252.0.77 ip protocol igmp ip ttl 1");
    await join("233.252.0.77", "net.ipv4.conf.h0.force_igmp_version=2");
  });

  it("reports of MLDv1, which do the same", async () => {
    trial.probe.count("ip6 daddr ff3e::8000:77 icmpv6 type mld-listener-report");
    await join("ff3e::8000:77", "net.ipv6.conf.h0.force_mld_version=1");
  });
});
