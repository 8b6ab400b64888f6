// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeAll } from "../lab/interrupt.ts";
import { ConsoleClient } from "../lab/console.ts";
import type { Lab } from "../lab/lab.ts";
import { ADDRESS } from "../lab/topology.ts";
import { until } from "../lab/until.ts";
import { Streams } from "./support/streams.ts";
import { allInForce, lastingState, sessionShown, startSystem } from "./support/system.ts";

const GROUP = "233.252.0.20";

describe.each(["v1", "v2"] as const)(
  "the whole system over %s, with 1,000 permitted and 1,000 refused packets/s",
  (protocol) => {
    let lab: Lab;
    beforeAll(async () => {
      lab = await startSystem(`crash${protocol}`, protocol);
      const console = await ConsoleClient.connect(lab.url);
      await console.permit(ADDRESS.permitted, GROUP, 16);
      await console.close();
    });
    afterAll(closeAll);

    it.each([
      ["musersd", ["musersd"]],
      ["mauthserver", ["mauthserver"]],
      ["musersd and mauthserver", ["musersd", "mauthserver"]],
    ] as const)(
      "loses and leaks no packet, and shows the same, when %s is killed and starts again",
      async (_, victims) => {
        const before = await shown(lab);
        const streams = await Streams.start(lab, GROUP);
        for (const victim of victims) await lab.service(victim).kill();
        await streams.flows(1_000);
        for (const victim of victims) await lab.start(victim);
        const after = await shown(lab);
        await streams.flows(1_000);
        await streams.expectNoneLostAndNoneLeaked();
        expect(after).toEqual(before);
      },
    );

    it("forgets no grant that was acknowledged right before the crash", async () => {
      const console = await ConsoleClient.connect(lab.url);
      expect(await console.permit(ADDRESS.rogue, "233.252.0.21", 3)).toBe("ack");
      await lab.service("mauthserver").kill();
      await lab.start("mauthserver");
      const later = await ConsoleClient.connect(lab.url);
      expect(later.all("grant").map((grant) => grant["id"])).toContain(`${ADDRESS.rogue}>233.252.0.21`);
      expect(await later.revoke(ADDRESS.rogue, "233.252.0.21")).toBe("ack");
      await later.close();
    });

    it("enforces its grants again after a reboot of the mrouter, without a human and without a leak", async () => {
      const before = await shown(lab);
      const receiver = await lab.receive([GROUP]);
      const rogue = lab.send("rogue", { group: GROUP, packetsPerSecond: 1_000 });
      const permitted = lab.send("permitted", { group: GROUP, packetsPerSecond: 1_000 });
      await lab.rebootMrouter();
      const soFar = await receiver.packets(ADDRESS.permitted, GROUP);
      const arrives = async () => (await receiver.packets(ADDRESS.permitted, GROUP)) > soFar + 1_000;
      await until(arrives, { what: "the permitted packets after the reboot", deadlineMs: 15_000 });
      await Promise.all([rogue.stop(), permitted.stop()]);
      await lab.drain();
      expect(await receiver.packets(ADDRESS.rogue, GROUP)).toBe(0);
      expect(await shown(lab)).toEqual(before);
      await receiver.stop();
    });
  },
);

/** What a new console shows once everything has settled. */
async function shown(lab: Lab): Promise<unknown> {
  const console = await ConsoleClient.connect(lab.url);
  await sessionShown(console);
  const instead = () => JSON.stringify(lastingState(console));
  await until(() => allInForce(console), { what: "every grant to be in force", deadlineMs: 15_000, instead });
  const state = lastingState(console);
  await console.close();
  return state;
}
