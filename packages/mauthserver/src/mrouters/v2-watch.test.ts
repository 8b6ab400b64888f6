// SPDX-License-Identifier: MIT
import { afterEach, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import { Board } from "../push/board.ts";
import type { Heard } from "../sessions.ts";
import { until } from "../testing/until.ts";
import { SteadyClock } from "../steady-clock.ts";
import { ControlledMrouter } from "./mrouter.ts";
import { FakeMusersd } from "./testing/fake-musersd.ts";

const LEASE_SECONDS = 3;

let musersd: FakeMusersd;
let mrouter: ControlledMrouter;

afterEach(async () => {
  await mrouter.stop();
  await musersd.stop();
});

async function start(protocol: "v1" | "v2", heard: Heard[]): Promise<void> {
  musersd = await new FakeMusersd({ leaseSecondsMax: LEASE_SECONDS }).start();
  mrouter = new ControlledMrouter({
    row: { name: "edge-1", address: musersd.address, protocol, networks: ["192.0.2.0/24"] },
    clock: systemClock,
    log: silentLog,
    board: new Board(),
    steady: new SteadyClock(systemClock),
    term: 1,
    base: { find: () => undefined, senders: () => [] },
    onAll: () => undefined,
    onLine: () => undefined,
    onHeard: (one) => heard.push(one),
  });
  mrouter.start();
}

/** Has the mrouter hear a datagram, numbered in its first byte. */
function publish(number: number): void {
  const place = { interface: "lan0", source: 0xc000020b, group: 0xe0027ffe };
  musersd.publish({ class: "sap", ...place, bytes: Uint8Array.of(number, 2, 3) });
}

it.each(["v1", "v2"] as const)(
  "what an mrouter under %s hears is relayed, and still is when the first lease has ended twice over",
  { timeout: 20_000 },
  async (protocol) => {
    const heard: Heard[] = [];
    await start(protocol, heard);
    await until(() => (publish(1), heard.length > 0), "the first datagram");
    const place = { interface: "lan0", source: "192.0.2.11", sapGroup: "224.2.127.254", mrouter: "edge-1" };
    expect(heard[0]).toMatchObject(place);
    expect([...(heard[0]?.bytes ?? [])]).toEqual([1, 2, 3]);
    const lateMs = performance.now() + 2 * LEASE_SECONDS * 1000;
    // Nothing is published until both have ended, so that nothing but a renewal can keep the subscription.
    await until(() => performance.now() > lateMs, "two leases", 3 * LEASE_SECONDS * 1000);
    publish(2);
    await until(() => heard.some(({ bytes }) => bytes[0] === 2), "a late datagram", 1000);
  },
);

it("a musersd that was restarted is asked again", { timeout: 20_000 }, async () => {
  const heard: Heard[] = [];
  await start("v2", heard);
  await until(() => (publish(1), heard.length > 0), "the first datagram");
  await musersd.reboot();
  await until(() => (publish(2), heard.some(({ bytes }) => bytes[0] === 2)), "a datagram after the restart");
});
