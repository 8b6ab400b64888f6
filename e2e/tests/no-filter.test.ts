// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeAll } from "../lab/interrupt.ts";
import { Lab } from "../lab/lab.ts";
import { SAP_PORT } from "../lab/services.ts";
import { ADDRESS } from "../lab/topology.ts";
import { until } from "../lab/until.ts";
import { uniqueId } from "./support/unique-id.ts";

const GROUP = "233.252.0.10";

/** The negative control of every other test: what the filter stops does get through in the same lab without it. */
describe("the lab without musersd", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.create({ id: uniqueId("nofilter") });
  });
  afterAll(closeAll);

  it("lets every packet of an unpermitted sender through, with one hop less", async () => {
    const receiver = await lab.receive([GROUP]);
    await lab.send("rogue", { group: GROUP, count: 200, packetsPerSecond: 500, ttl: 8 }).finished();
    await lab.drain();
    expect(await receiver.flow(ADDRESS.rogue, GROUP)).toMatchObject({ packets: 200, ttlMin: 7, ttlMax: 7, missing: 0 });
    await receiver.stop();
  });

  it("creates forwarding state for an unpermitted sender", async () => {
    expect(await lab.forwardingCache()).toContain(`${ADDRESS.rogue} ${GROUP}`);
  });

  it("forwards session announcements", async () => {
    const receiver = await lab.receive(["224.2.127.254"], { port: SAP_PORT });
    await lab.start("announcer");
    const announcements = () => receiver.packets(ADDRESS.permitted, "224.2.127.254");
    await until(announcements, { what: "an announcement to be forwarded" });
    await receiver.stop();
  });

  it("expires packets whose TTL does not reach the receivers", async () => {
    const receiver = await lab.receive(["233.252.0.11"]);
    await lab.send("rogue", { group: "233.252.0.11", count: 20, ttl: 1 }).finished();
    await lab.drain();
    expect(await receiver.packets(ADDRESS.rogue, "233.252.0.11")).toBe(0);
    await receiver.stop();
  });
});
