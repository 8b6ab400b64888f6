// SPDX-License-Identifier: MIT
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { closeAll } from "../lab/interrupt.ts";
import { Lab } from "../lab/lab.ts";
import { SAP_PORT } from "../lab/services.ts";
import { ADDRESS } from "../lab/topology.ts";
import type { Receiver } from "../lab/traffic/receiver.ts";
import { until } from "../lab/until.ts";
import { ADD, REMOVE } from "../lab/v1.ts";
import { kernelSenders } from "./support/musersctl.ts";
import { V1Peer } from "./support/v1-peer.ts";
import { uniqueId } from "./support/unique-id.ts";

const GROUP = "233.252.0.10";
const SAP_GROUP = "224.2.127.254";
const MAX_TTL = 16;
const BURST = { count: 200, packetsPerSecond: 1_000 };

const INVALID = [
  ["a group that is not multicast", ADD, ADDRESS.rogue, "192.0.2.1", MAX_TTL],
  ["a group that is never forwarded", ADD, ADDRESS.rogue, "224.0.0.5", MAX_TTL],
  ["the group 0.0.0.0", ADD, ADDRESS.rogue, "0.0.0.0", MAX_TTL],
  ["a multicast source", ADD, "233.252.0.1", GROUP, MAX_TTL],
  ["the source 0.0.0.0", ADD, "0.0.0.0", GROUP, MAX_TTL],
  ["a loopback source", ADD, "127.0.0.1", GROUP, MAX_TTL],
  ["the limited broadcast address as source", ADD, "255.255.255.255", GROUP, MAX_TTL],
  ["the TTL 0", ADD, ADDRESS.permitted, GROUP, 0],
  ["an unknown command", 0x02, ADDRESS.permitted, GROUP, MAX_TTL],
  ["the removal of a group that is not multicast", REMOVE, ADDRESS.permitted, "192.0.2.1", MAX_TTL],
  ["the removal of a multicast source", REMOVE, "233.252.0.1", GROUP, MAX_TTL],
] as const;

/** musersd alone, told what to do over UDP by the 11-byte protocol. */
describe("an mrouter with musersd", () => {
  let lab: Lab;
  let peer: V1Peer;
  let receiver: Receiver;

  beforeAll(async () => {
    lab = await Lab.create({ id: uniqueId("filter") });
    await lab.start("musersd");
    peer = new V1Peer(lab);
    await peer.permitSentinels();
  });
  afterAll(closeAll);
  afterEach(async () => {
    await peer.remove(ADDRESS.permitted, GROUP);
    await receiver.stop();
  });

  /** Sends a burst and returns how many packets of it arrive. */
  async function arrivals(host: "permitted" | "rogue", group: string, ttl = MAX_TTL): Promise<number> {
    const before = await receiver.packets(ADDRESS[host], group);
    await lab.send(host, { group, ttl, ...BURST }).finished();
    await lab.drain();
    return (await receiver.packets(ADDRESS[host], group)) - before;
  }

  it("forwards nothing of a sender that nobody permitted, while the sentinel gets through", async () => {
    receiver = await lab.receive([GROUP]);
    expect(await arrivals("permitted", GROUP)).toBe(0);
    expect(await arrivals("rogue", GROUP)).toBe(0);
  });

  it("forwards every packet of the permitted sender, and none of another one or to another group", async () => {
    receiver = await lab.receive([GROUP, "233.252.0.11"]);
    expect(await peer.add(ADDRESS.permitted, GROUP, MAX_TTL)).toBe("ack");
    expect(await arrivals("permitted", GROUP)).toBe(BURST.count);
    expect(await arrivals("permitted", "233.252.0.11")).toBe(0);
    expect(await arrivals("rogue", GROUP)).toBe(0);
  });

  it("forwards the maximum TTL, and nothing that is one above it", async () => {
    receiver = await lab.receive([GROUP]);
    expect(await peer.add(ADDRESS.permitted, GROUP, MAX_TTL)).toBe("ack");
    expect(await arrivals("permitted", GROUP, MAX_TTL)).toBe(BURST.count);
    expect(await receiver.flow(ADDRESS.permitted, GROUP)).toMatchObject({ ttlMax: MAX_TTL - 1 });
    expect(await arrivals("permitted", GROUP, MAX_TTL + 1)).toBe(0);
  });

  it("takes the TTL of a second add for the same sender", async () => {
    receiver = await lab.receive([GROUP]);
    expect(await peer.add(ADDRESS.permitted, GROUP, MAX_TTL)).toBe("ack");
    expect(await peer.add(ADDRESS.permitted, GROUP, 8)).toBe("ack");
    expect(await arrivals("permitted", GROUP, 9)).toBe(0);
    expect(await arrivals("permitted", GROUP, 8)).toBe(BURST.count);
  });

  it("forwards nothing any more after remove", async () => {
    receiver = await lab.receive([GROUP]);
    expect(await peer.add(ADDRESS.permitted, GROUP, MAX_TTL)).toBe("ack");
    expect(await arrivals("permitted", GROUP)).toBe(BURST.count);
    expect(await peer.remove(ADDRESS.permitted, GROUP)).toBe("ack");
    expect(await arrivals("permitted", GROUP)).toBe(0);
  });

  it("creates no forwarding state for a refused sender", async () => {
    receiver = await lab.receive([GROUP]);
    expect(await arrivals("rogue", GROUP)).toBe(0);
    const cache = await lab.forwardingCache();
    expect(cache).toContain(`${ADDRESS.rogueSentinel} 233.252.0.254`);
    expect(cache.filter((entry) => entry.startsWith(`${ADDRESS.rogue} `))).toEqual([]);
  });

  it("answers every invalid request with ERROR and changes nothing", async () => {
    receiver = await lab.receive([GROUP]);
    expect(await peer.add(ADDRESS.permitted, GROUP, MAX_TTL)).toBe("ack");
    const before = await kernelSenders(lab);
    expect(before).toContain(`${ADDRESS.permitted} ${GROUP} ${MAX_TTL}`);
    for (const [what, command, source, group, maxTtl] of INVALID)
      expect(await peer.call(command, source, group, maxTtl), what).toBe("error");
    expect(await kernelSenders(lab)).toEqual(before);
    expect(await arrivals("permitted", GROUP)).toBe(BURST.count);
    expect(await arrivals("rogue", GROUP)).toBe(0);
  });

  it("hears announcements with their TTL, but forwards none", async () => {
    receiver = await lab.receive([SAP_GROUP], { port: SAP_PORT });
    const listener = await lab.receive([SAP_GROUP], { port: SAP_PORT, host: "mrouter" });
    const announcer = await lab.start("announcer");
    await until(() => listener.packets(ADDRESS.permitted, SAP_GROUP), { what: "an announcement at the mrouter" });
    await lab.drain();
    expect(await listener.flow(ADDRESS.permitted, SAP_GROUP)).toMatchObject({ ttlMin: 16, ttlMax: 16 });
    expect(await receiver.packets(ADDRESS.permitted, SAP_GROUP)).toBe(0);
    expect((await lab.forwardingCache()).filter((entry) => entry.endsWith(SAP_GROUP))).toEqual([]);
    await announcer.stop();
    await listener.stop();
  });
});
