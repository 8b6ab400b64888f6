// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeAll } from "../lab/interrupt.ts";
import { Lab } from "../lab/lab.ts";
import { ADDRESS } from "../lab/topology.ts";
import { Streams } from "./support/streams.ts";
import { V1Peer } from "./support/v1-peer.ts";
import { uniqueId } from "./support/unique-id.ts";

const GROUP = "233.252.0.10";

describe("the kernel filter", () => {
  let lab: Lab;
  let peer: V1Peer;
  beforeAll(async () => {
    lab = await Lab.create({ id: uniqueId("musersdcrash") });
    await lab.start("musersd");
    peer = new V1Peer(lab);
    await peer.permitSentinels();
    await peer.add(ADDRESS.permitted, GROUP, 16);
  });
  afterAll(closeAll);

  it.each(["kill", "stop"] as const)(
    "loses and leaks no packet when musersd ends (%s) and starts again",
    async (how) => {
      const streams = await Streams.start(lab, GROUP);
      await lab.service("musersd")[how]();
      await streams.flows(500);
      await lab.start("musersd");
      await streams.flows(500);
      await streams.expectNoneLostAndNoneLeaked();
    },
  );

  it("takes commands for the senders it kept from before the crash", async () => {
    await lab.service("musersd").kill();
    await lab.start("musersd");
    const receiver = await lab.receive([GROUP]);
    const fresh = new V1Peer(lab);
    expect(await fresh.remove(ADDRESS.permitted, GROUP)).toBe("ack");
    await lab.send("permitted", { group: GROUP, count: 100, packetsPerSecond: 1_000 }).finished();
    await lab.drain();
    expect(await receiver.packets(ADDRESS.permitted, GROUP)).toBe(0);
  });
});
