// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeAll } from "../lab/interrupt.ts";
import { Lab } from "../lab/lab.ts";
import { DENIED_MAX, floodLab } from "../load/flood.ts";
import { police } from "../load/policing.ts";
import { uniqueId } from "./support/unique-id.ts";

/** `npm run bench -- flood` and `npm run bench -- policing` do the same for longer, and print figures. */
describe("an mrouter under load", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.create({ id: uniqueId("load") });
    await lab.start("musersd");
  });
  afterAll(closeAll);

  it("passes a sender at its rate and not above", async () => {
    const { passedPackets, allowedPackets, offeredMbit } = await police(lab, 10, 3);
    expect(offeredMbit).toBeGreaterThan(12);
    expect(passedPackets).toBeLessThanOrEqual(Math.ceil(allowedPackets * 1.01));
    // A sender that a busy machine holds up for longer than its burst cannot make up for it.
    expect(passedPackets).toBeGreaterThan(allowedPackets * 0.8);
  });

  it("loses no permitted packet and keeps nothing of a flood from 131,072 forged sources", async () => {
    const result = await floodLab(lab, 5);
    expect(result.rogueSent).toBeGreaterThan(200_000);
    expect(result).toMatchObject({ leaked: 0, cached: 0, flooded: { lost: result.calm.lost } });
    // Nothing stands between the flood and the filter that could lose a packet.
    expect(result.refused).toBe(result.rogueSent);
    expect(result.denied).toBeGreaterThan(1_000);
    expect(result.denied).toBeLessThanOrEqual(DENIED_MAX);
  });
});
