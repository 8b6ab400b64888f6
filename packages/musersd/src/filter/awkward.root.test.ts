// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ipv4 } from "../../test/filter-contract.ts";
import { TestMrouter } from "../../test/mrouter.ts";
import { FrameTrial } from "../../test/probe.ts";

/*
 * Packets as no program sends them, against a running musersd; what comes through is counted before routing.
 * The permitted sender is 192.0.2.11 to 233.252.0.1 with TTL 16; everybody else is a rogue.
 */
const PERMITTED = "233.252.0.1";
const ROGUE = "233.252.0.66";
const HOST_MAC = "02000000000b";

let mrouter: TestMrouter;
let trial: FrameTrial;
beforeAll(async () => {
  mrouter = new TestMrouter();
  mrouter.inMrouter("ip", "link", "set", "lan0", "mtu", "9000");
  mrouter.inHost("ip", "link", "set", "h0", "mtu", "9000");
  trial = new FrameTrial(mrouter, { permitted: PERMITTED, rogue: ROGUE });
  await mrouter.start(mrouter.writeConfig(["observed = []"]));
  mrouter.ctl("add", "192.0.2.11", PERMITTED, "16");
}, 60_000);
afterAll(() => mrouter.close());
beforeEach(() => trial.restart());

function hex(number: number, bytes: number): string {
  return number.toString(16).padStart(2 * bytes, "0");
}

interface Header {
  readonly group: string;
  readonly ttl?: number;
  readonly protocol?: number;
  /** Flags and fragment offset (RFC 791 §3.1). */
  readonly fragment?: number;
  /** Options in hex, a multiple of 4 bytes. */
  readonly options?: string;
  readonly payload?: string;
}

/** An IPv4 packet (RFC 791 §3.1) with its checksum. */
function packet({ group, ttl = 8, protocol = 17, fragment = 0, options = "", payload = "" }: Header): string {
  const words = 5 + options.length / 8;
  const length = 4 * words + payload.length / 2;
  const start = `4${words.toString(16)}00${hex(length, 2)}0001${hex(fragment, 2)}${hex(ttl, 1)}${hex(protocol, 1)}`;
  const end = `${hex(ipv4("192.0.2.11"), 4)}${hex(ipv4(group), 4)}${options}`;
  let sum = 0;
  for (let at = 0; at < start.length + end.length; at += 4) sum += Number.parseInt((start + end).slice(at, at + 4), 16);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return `${start}${hex(~sum & 0xffff, 2)}${end}${payload}`;
}

/** UDP from 4096 to 5004 without checksum. */
function udp(bytes: number): string {
  return `1000138c${hex(8 + bytes, 2)}0000${"00".repeat(bytes)}`;
}

/** An Ethernet frame to the group (RFC 1112 §6.4), behind tags in hex when there are any. */
function frame(group: string, ip: string, tags = ""): string {
  return `01005e${hex(ipv4(group) & 0x7fffff, 3)}${HOST_MAC}${tags}0800${ip}`;
}

/** The same for the permitted and for the rogue group. */
function both(make: (group: string) => string): string[] {
  return [PERMITTED, ROGUE].map(make);
}

/** A datagram of 3000 bytes as three fragments. */
function fragments(group: string): string[] {
  return [
    frame(group, packet({ group, fragment: 0x2000, payload: udp(1472) })),
    frame(group, packet({ group, fragment: 0x2000 | 185, payload: "00".repeat(1480) })),
    frame(group, packet({ group, fragment: 370, payload: "00".repeat(40) })),
  ];
}

describe("the filter judges", () => {
  it("a plain datagram: the control of this test", async () => {
    const lines = both((group) => frame(group, packet({ group, payload: udp(100) })));
    expect(await trial.send(lines)).toEqual({ permitted: 1, rogue: 0 });
  });

  it("every fragment, also those without a UDP header", async () => {
    expect(await trial.send([...fragments(PERMITTED), ...fragments(ROGUE)])).toEqual({ permitted: 3, rogue: 0 });
  });

  it("packets with IP options", async () => {
    const options = `94040000${"01".repeat(36)}`;
    const lines = both((group) => frame(group, packet({ group, options, payload: udp(10) })));
    expect(await trial.send(lines)).toEqual({ permitted: 1, rogue: 0 });
  });

  it("jumbo frames", async () => {
    const lines = both((group) => frame(group, packet({ group, payload: udp(8900) })));
    expect(await trial.send(lines)).toEqual({ permitted: 1, rogue: 0 });
  });

  it("what the sender's kernel left to be cut into datagrams", async () => {
    const { permitted, rogue } = await trial.send([`gso ${PERMITTED}`, `gso ${ROGUE}`]);
    expect(permitted).toBeGreaterThan(0);
    expect(rogue).toBe(0);
  });

  it("frames with a priority tag, which is as good as none", async () => {
    const lines = both((group) => frame(group, packet({ group, payload: udp(10) }), "8100e000"));
    expect(await trial.send(lines)).toEqual({ permitted: 1, rogue: 0 });
  });

  it.each(["8100e0008100e000", "88a8e0008100e000", "8100e0008100e0008100e000"])(
    "frames behind several priority tags (%s), which the kernel takes off behind it: it drops them",
    async (tags) => {
      const before = mrouter.refused("MALFORMED");
      const lines = both((group) => frame(group, packet({ group, payload: udp(10) }), tags));
      expect(await trial.send(lines)).toEqual({ permitted: 0, rogue: 0 });
      expect(mrouter.refused("MALFORMED") - before).toBe(2);
    },
  );

  it("truncated packets, which it drops", async () => {
    const whole = frame(ROGUE, packet({ group: ROGUE, payload: udp(10) }));
    const lines = [15, 20, 33].map((length) => whole.slice(0, 2 * length));
    const before = mrouter.refused("MALFORMED");
    expect(await trial.send(lines)).toEqual({ permitted: 0, rogue: 0 });
    expect(mrouter.refused("MALFORMED") - before).toBe(3);
  });

  it("a forged PIM Register to the mrouter, whatever it carries", async () => {
    const inner = packet({ group: ROGUE, payload: udp(10) });
    const register = packet({ group: "192.0.2.1", protocol: 103, payload: `21000000deff0000${inner}` });
    expect(await trial.send([`${macOfMrouter()}${HOST_MAC}0800${register}`])).toEqual({ permitted: 0, rogue: 0 });
    expect(JSON.parse(mrouter.ctl("--json", "denied"))).toContainEqual(
      expect.objectContaining({ reason: "REGISTER", group: "192.0.2.1" }),
    );
  });

  it.each([
    ["IP in IP", 4, ""],
    ["GRE", 47, "00000800"],
  ])("not %s to the mrouter, which does not unpack it without a tunnel", async (_name, protocol, header) => {
    const inner = packet({ group: ROGUE, payload: udp(10) });
    const outer = packet({ group: "192.0.2.1", protocol, payload: header + inner });
    expect(await trial.send([`${macOfMrouter()}${HOST_MAC}0800${outer}`])).toEqual({ permitted: 0, rogue: 0 });
  });
});

function macOfMrouter(): string {
  const [link] = JSON.parse(mrouter.inMrouter("ip", "-j", "link", "show", "lan0")) as [{ address: string }];
  return link.address.replaceAll(":", "");
}
