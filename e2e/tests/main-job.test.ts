// SPDX-License-Identifier: MIT
import { isDeepStrictEqual } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { closeAll } from "../lab/interrupt.ts";
import { ConsoleClient } from "../lab/console.ts";
import type { Lab } from "../lab/lab.ts";
import { ANNOUNCED, CAMPUS } from "../lab/services.ts";
import { ADDRESS } from "../lab/topology.ts";
import type { Receiver } from "../lab/traffic/receiver.ts";
import { until } from "../lab/until.ts";
import { sessionShown, startSystem } from "./support/system.ts";
import { V1Peer } from "./support/v1-peer.ts";

const { group: GROUP, ttl: TTL } = ANNOUNCED;
const BURST = { count: 200, packetsPerSecond: 1_000 };

describe("the whole system", () => {
  let lab: Lab;
  let console: ConsoleClient;
  let receiver: Receiver;

  beforeAll(async () => {
    lab = await startSystem("mainjob");
  });
  afterAll(closeAll);
  beforeEach(async () => {
    console = await ConsoleClient.connect(lab.url);
    receiver = await lab.receive([GROUP]);
  });
  afterEach(async () => {
    await console.revoke(ADDRESS.permitted, GROUP);
    await console.close();
    await receiver.stop();
  });

  /** How many packets of the announcer's own stream have arrived. */
  const arrived = () => receiver.packets(ADDRESS.permitted, GROUP);

  async function stays(packets: number): Promise<void> {
    await lab.drain();
    expect(await arrived()).toBe(packets);
  }

  it("shows an announced session with what one click would permit", async () => {
    expect(await sessionShown(console)).toMatchObject({
      announcer: ADDRESS.permitted,
      flows: [{ source: ADDRESS.permitted, group: GROUP, ttl: TTL }],
      media: [{ type: "audio", port: ANNOUNCED.port, groups: [GROUP] }],
    });
  });

  it("forwards nothing of an announced session that nobody permitted", async () => {
    await sessionShown(console);
    await stays(0);
  });

  it("forwards the session's packets from the console's permit until its revoke", async () => {
    expect(await console.permit(ADDRESS.permitted, GROUP, TTL)).toBe("ack");
    await until(async () => (await arrived()) > 50, { what: "the permitted session's packets" });
    expect(await console.revoke(ADDRESS.permitted, GROUP)).toBe("ack");
    await lab.drain();
    const atRevoke = await arrived();
    await lab.send("permitted", { group: GROUP, ...BURST }).finished();
    await stays(atRevoke);
  });

  it("forwards the session's packets after an add over UDP", async () => {
    const peer = new V1Peer(lab);
    expect(await peer.add(ADDRESS.permitted, GROUP, TTL)).toBe("ack");
    await until(async () => (await arrived()) > 0, { what: "the session's packets" });
    expect(await peer.remove(ADDRESS.permitted, GROUP)).toBe("ack");
    await peer.stop();
  });

  it("does not forward a TTL above the one that the console permitted", async () => {
    await lab.service("announcer").stop();
    expect(await console.permit(ADDRESS.permitted, GROUP, 8)).toBe("ack");
    await lab.send("permitted", { group: GROUP, ttl: 9, ...BURST }).finished();
    await stays(0);
    await lab.send("permitted", { group: GROUP, ttl: 8, ...BURST }).finished();
    await stays(BURST.count);
    await lab.start("announcer");
  });

  it("shows a refused sender with its count, until it is permitted", async () => {
    const group = "233.252.0.77";
    const count = 123;
    await lab.send("rogue", { group, count, ttl: 5, packetsPerSecond: 1_000 }).finished();
    const find = () => console.all("denied").find((denied) => denied["group"] === group);
    const shown = await until(() => (find()?.["packets"] === count ? find() : undefined), {
      what: "the refused sender",
    });
    expect(shown).toMatchObject({
      source: ADDRESS.rogue,
      interface: "lan0",
      reason: "UNKNOWN",
      ttl: 5,
      mrouter: "edge-1",
    });
    expect(await console.permit(ADDRESS.rogue, group, 5)).toBe("ack");
    await until(() => find() === undefined, { what: "the permitted sender to leave the list" });
    expect(await console.revoke(ADDRESS.rogue, group)).toBe("ack");
  });

  it("tells every console about a grant, with its enforcement", async () => {
    const other = await ConsoleClient.connect(lab.url);
    await console.permit(ADDRESS.permitted, GROUP, TTL);
    const find = () => other.all("grant").find((grant) => grant["id"] === `${ADDRESS.permitted}>${GROUP}`);
    const inForce = [{ mrouter: "edge-1", state: "enforced" }];
    await until(() => isDeepStrictEqual(find()?.["enforcement"], inForce), {
      what: "the other console's grant to be in force",
    });
    expect(find()).toMatchObject({ source: ADDRESS.permitted, group: GROUP, maxTtl: TTL });
    await console.revoke(ADDRESS.permitted, GROUP);
    await until(() => find() === undefined, { what: "the other console to drop the grant" });
    await other.close();
  });

  it.each([
    ["a group that is not multicast", ADDRESS.permitted, "192.0.2.1", TTL],
    ["a multicast source", "233.252.0.1", GROUP, TTL],
    ["the TTL 0", ADDRESS.permitted, GROUP, 0],
    ["a source in no mrouter's network", "198.51.100.20", GROUP, TTL],
  ])("answers a permit for %s with ERROR and changes nothing", async (_, source, group, maxTtl) => {
    const before = console.all("grant");
    expect(await console.permit(source, group, maxTtl)).toBe("error");
    const later = await ConsoleClient.connect(lab.url);
    expect(later.all("grant")).toEqual(before);
    await later.close();
  });

  it("shows what miniSAPserver announces beside it", async () => {
    await lab.start("minisapserver");
    for (const { title, group } of CAMPUS)
      expect(await sessionShown(console, title)).toMatchObject({ media: [{ groups: [group] }] });
    await lab.service("minisapserver").stop();
  });
});
