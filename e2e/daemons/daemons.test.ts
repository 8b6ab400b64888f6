// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { frr } from "./frr.ts";
import { Network, missing } from "./network.ts";
import { pimd } from "./pimd.ts";
import { BOUNDARY, FORWARD_HOOK, NOTHING, mauth, permitSource } from "./protection.ts";
import { smcroute } from "./smcroute.ts";
import {
  FORGED_PACKETS,
  type Place,
  ROGUE_PACKETS,
  type Seen,
  groupOf,
  tryForgedRegisters,
  tryGroup,
  tryRestart,
  tryRogue,
} from "./trial.ts";
import { closeAll } from "../lab/interrupt.ts";
import { uniqueId } from "../tests/support/unique-id.ts";

const BOTH = ["dr", "rp"];
/** Packets, of about 200. */
const LOST_BY_SWITCH_MAX = 5;
/** Nothing arrived, no Register was on the wire, no kernel and no daemon has state of it. */
const NO_TRACE = { arrived: 0, registers: 0, cached: [], known: [] } satisfies Partial<Seen>;

describe.each([smcroute("ipv4"), smcroute("ipv6"), pimd(), frr()])(
  "$name as designated router and as rendezvous point",
  (daemon) => {
    const reason = missing(...daemon.files);
    // A PIM daemon that a busy machine holds up loses packets itself while it goes from Registers to native forwarding.
    const lostMax = daemon.hasPim ? LOST_BY_SWITCH_MAX : 0;
    let place: Place;
    let group = "";
    let groups = 0;

    beforeAll(async () => {
      if (reason !== undefined) return;
      const network = await Network.create(uniqueId("daemons"));
      place = { network, daemon };
      await daemon.start(network);
    });
    beforeEach(({ skip }) => {
      if (reason !== undefined) skip(reason);
    });
    afterAll(closeAll);

    function nextGroup(): string {
      group = groupOf(daemon.family, ++groups);
      return group;
    }

    it("leaves traces of a rogue sender everywhere, while nothing keeps it from sending", async () => {
      await NOTHING.start(place, nextGroup());
      const { permitted, rogue } = await tryGroup(place, group);
      expect(permitted).toMatchObject({ cached: BOTH, known: BOTH });
      expect(permitted.missing).toBeLessThanOrEqual(lostMax);
      expect(rogue).toMatchObject({ sent: ROGUE_PACKETS, cached: BOTH, known: BOTH });
      expect(rogue.arrived).toBeGreaterThan(ROGUE_PACKETS / 2);
      if (daemon.hasPim) expect(rogue.registers).toBeGreaterThan(0);
    });

    if (daemon.family === "ipv4")
      it("lets a forged Register through to the rendezvous point", async () => {
        const { registers } = await tryForgedRegisters(place, nextGroup());
        expect(registers).toBe(FORGED_PACKETS);
      });

    if (daemon.hasPim)
      it("sends Registers past a filter in the FORWARD hook", async () => {
        await FORWARD_HOOK.start(place, nextGroup());
        const { rogue } = await tryGroup(place, group);
        expect(rogue).toMatchObject({ cached: BOTH, known: BOTH });
        expect(rogue.registers).toBeGreaterThan(0);
        await FORWARD_HOOK.stop(place);
      });

    if (daemon.name === "FRR pimd")
      it("sends Registers past a multicast boundary", async () => {
        await BOUNDARY.start(place, nextGroup());
        const rogue = await tryRogue(place, group);
        expect(rogue.known).toEqual(BOTH);
        expect(rogue.registers).toBeGreaterThan(0);
        await BOUNDARY.stop(place);
      });

    it("forwards a permitted sender and has no trace of a refused one, with mauth", async () => {
      await mauth().start(place, nextGroup());
      const { permitted, rogue } = await tryGroup(place, group);
      expect(permitted).toMatchObject({ cached: BOTH, known: BOTH });
      expect(permitted.missing).toBeLessThanOrEqual(lostMax);
      if (daemon.hasPim) expect(permitted.registers).toBeGreaterThan(0);
      else expect(permitted.arrived).toBe(permitted.sent);
      expect(rogue).toEqual({ sent: ROGUE_PACKETS, ...NO_TRACE });
    });

    it("has no trace of a refused sender while its daemon restarts, with mauth", async () => {
      const { permitted, rogue } = await tryRestart(place, nextGroup(), () => permitSource(place, group));
      expect(permitted).toMatchObject({ cached: BOTH, known: BOTH });
      expect(rogue).toEqual({ sent: expect.any(Number) as number, ...NO_TRACE });
      expect(rogue.sent).toBeGreaterThan(100);
    });

    if (daemon.family === "ipv4")
      it("sees no forged Register, with mauth", async () => {
        const rogue = await tryForgedRegisters(place, nextGroup());
        expect(rogue).toEqual({ sent: FORGED_PACKETS, ...NO_TRACE });
      });
  },
);
