// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { ConsoleClient, type Entity } from "../lab/console.ts";
import { closeAll } from "../lab/interrupt.ts";
import type { Lab } from "../lab/lab.ts";
import { ANNOUNCED, CAMPUS } from "../lab/services.ts";
import { ADDRESS } from "../lab/topology.ts";
import { until } from "../lab/until.ts";
import { sessionShown, startSystem } from "./support/system.ts";

/** ffmpeg announces every 5 s, and a restarted musersd is asked within seconds. */
const HEARD_MS = 30_000;

/** "MROUTER INTERFACE" of each place at which a session is heard. */
function placesOf(session: Entity): string[] {
  const hearings = session["hearings"] as { mrouter: string | null; interface: string }[];
  return hearings.map(({ mrouter, interface: name }) => `${mrouter} ${name}`).sort();
}

/** When the mrouter last relayed an announcement of the session; 0 when it never did. */
function relayedAt(session: Entity): number {
  const hearings = session["hearings"] as { mrouter: string | null; lastHeardAt: number }[];
  return hearings.find(({ mrouter }) => mrouter === "edge-1")?.lastHeardAt ?? 0;
}

describe("announcements that an mrouter hears", () => {
  let lab: Lab;
  let console: ConsoleClient;

  beforeAll(async () => {
    lab = await startSystem("relay", "v2");
  });
  afterAll(closeAll);
  beforeEach(async () => {
    console = await ConsoleClient.connect(lab.url);
  });
  afterEach(async () => {
    await console.close();
  });

  function announced(): Entity[] {
    return console.all("session").filter(({ title }) => title === ANNOUNCED.title);
  }

  it("make one session of what the service hears as well, with a hearing for each place", async () => {
    await until(() => announced().some((session) => placesOf(session).length === 2), {
      what: "the session to be heard at two places",
      deadlineMs: HEARD_MS,
      instead: () => JSON.stringify(announced().map(placesOf)),
    });
    expect(announced()).toHaveLength(1);
    expect(announced()[0]).toMatchObject({ announcer: ADDRESS.permitted });
    expect(announced().map(placesOf)).toEqual([["edge-1 lan0", "null sap0"]]);
  });

  it("are shown although the service hears nothing itself, and its filter forwards none of them", async () => {
    await lab.run("service", "ip", "link", "set", "sap0", "down");
    await lab.start("minisapserver");
    for (const { title } of CAMPUS) expect(placesOf(await sessionShown(console, title))).toEqual(["edge-1 lan0"]);
    expect((await lab.forwardingCache()).filter((pair) => pair.endsWith(" 239.255.255.255"))).toEqual([]);
  });

  it("are told again after a restart of musersd", async () => {
    const { title } = CAMPUS[0];
    await lab.service("musersd").kill();
    await lab.start("musersd");
    const restartedAt = Date.now();
    await until(() => console.all("session").some((one) => one["title"] === title && relayedAt(one) > restartedAt), {
      what: "a relayed announcement after the restart",
      deadlineMs: HEARD_MS,
    });
  });
});
