// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { open } from "../../test/support/raw-session.ts";
import { V2Pair } from "../../test/support/v2-pair.ts";
import { encodeNoSession, OP } from "../v2/index.ts";
import type { Change } from "../v2/index.ts";
import { V2CallError } from "./index.ts";

function add(index: number): Change {
  return { command: "add", source: 0xc0000201, group: 0xe9fc0001 + index, maxTtl: 16 };
}

function apply(index: number) {
  return { op: "apply", changes: [add(index)] } as const;
}

/** How a promise ends, as a word. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "answered";
  } catch (error) {
    return error instanceof V2CallError ? error.outcome.state : String(error);
  }
}

describe("v2 client", () => {
  it("[V2-19] sends again after 200 ms, then after twice the time, and gives up after 6 s", async () => {
    const pair = new V2Pair().open();
    pair.isCut = true;
    const call = stateOf(pair.call({ op: "ping" }));
    const sentAt: number[] = [];
    let seen = pair.toServer.length;
    for (let nowMs = 0; nowMs <= 5999; nowMs++) {
      pair.nowMs = nowMs;
      pair.settle();
      for (; seen < pair.toServer.length; seen++) sentAt.push(nowMs);
    }
    expect(sentAt).toEqual([200, 600, 1400, 3000, 5000]);
    pair.nowMs = 6000;
    pair.settle();
    expect(await call).toBe("unknown");
    expect(pair.caller.client.state).toBe("connecting");
  });

  it("[V2-19] has at most 32 requests under way, and none 64 ahead of the oldest", () => {
    const pair = new V2Pair().open();
    pair.isCut = true;
    for (let index = 0; index < 100; index++) void stateOf(pair.call(apply(index)));
    expect(pair.toServer.length).toBe(1 + 32);
    pair.caller.close();
  });

  it("[V2-19] sends a request again at once when three later ones were answered", () => {
    const pair = new V2Pair().open();
    pair.isCut = true;
    void stateOf(pair.call({ op: "ping" }));
    pair.isCut = false;
    const counts = [1, 2, 3].map(() => {
      void pair.call({ op: "ping" });
      return pair.caller.client.counters.retransmitted;
    });
    expect(counts).toEqual([0, 0, 1]);
    expect(pair.caller.client.pendingCount).toBe(0);
  });

  it("[V2-19] measures round trips and waits 20 ms at least", () => {
    const pair = new V2Pair().open();
    for (let count = 0; count < 50; count++) void pair.call({ op: "ping" });
    pair.isCut = true;
    void stateOf(pair.call({ op: "ping" }));
    expect(pair.caller.client.nextDeadlineMs).toBe(20);
    pair.caller.close();
  });

  it("[V2-19] what was queued without a session is unsent, never unknown", async () => {
    const pair = new V2Pair();
    pair.isCut = true;
    const call = stateOf(pair.call(apply(0)));
    pair.caller.connect(0);
    pair.advance(7000);
    expect(await call).toBe("unsent");
    expect(pair.silentCount).toBe(1);
    pair.isCut = false;
    pair.advance(3000);
    expect(pair.sessions.length).toBe(1);
  });

  it("[V2-19] closing makes what is under way unknown", async () => {
    const pair = new V2Pair().open();
    pair.isCut = true;
    const states = [stateOf(pair.call(apply(0))), stateOf(pair.call(apply(0)))];
    pair.caller.close();
    expect(await Promise.all(states)).toEqual(["unknown", "unsent"]);
    expect(pair.caller.client.state).toBe("closed");
  });

  it("[V2-3] believes no response and no event with any one byte altered", async () => {
    const pair = new V2Pair().open();
    const subscribe = { op: "subscribe", classes: ["sap"], leaseSeconds: 30, eventsPerSecondMax: 9 } as const;
    await pair.call<"subscribe">(subscribe);
    const sap = { class: "sap", interface: "lan0", source: 1, group: 2, bytes: new Uint8Array(9) } as const;
    const [event] = pair.server.publish(sap, 0);
    pair.isCut = true;
    const call = pair.call({ op: "ping" });
    const request = pair.toServer.at(-1);
    const [response] = pair.server.receive({ address: "192.0.2.9", port: 40_000 }, request ?? new Uint8Array(), 0);
    for (const bytes of [response?.bytes, event?.bytes]) {
      if (bytes === undefined) throw new Error("nothing to alter");
      for (let index = 0; index < bytes.length; index++) {
        const altered = bytes.slice();
        altered[index] = (altered[index] ?? 0) ^ 1;
        pair.caller.receive(altered, 0);
      }
    }
    expect(pair.events).toEqual([]);
    expect(pair.caller.client.pendingCount).toBe(1);
    pair.caller.receive(event?.bytes ?? new Uint8Array(), 0);
    pair.caller.receive(event?.bytes ?? new Uint8Array(), 0);
    expect(pair.events).toEqual([sap]);
    pair.caller.receive(response?.bytes ?? new Uint8Array(), 0);
    expect((await call).op).toBe("ping");
  });

  it("[V2-20] names the session that it gave up, so that its late requests act no more", async () => {
    const pair = new V2Pair().open();
    await pair.call({ op: "ping" });
    pair.isCut = true;
    const lost = stateOf(pair.call(apply(0)));
    const late = pair.toServer.at(-1);
    pair.advance(6000);
    expect(await lost).toBe("unknown");
    pair.isCut = false;
    pair.advance(1000);
    await pair.call({ op: "apply", changes: [{ ...add(0), command: "remove" }] });
    pair.server.receive({ address: "192.0.2.9", port: 40_000 }, late ?? new Uint8Array(), pair.nowMs);
    expect(pair.table.entries.size).toBe(0);
    expect(pair.server.sessionCount).toBe(1);
  });

  it("[V2-20] names a session until the next one is confirmed, and not longer", async () => {
    const pair = new V2Pair().open();
    const named = () =>
      pair.toServer.filter((bytes) => open(bytes).op === OP.hello).map((bytes) => open(bytes).body[17]);
    for (const isConfirmed of [false, false, true]) {
      if (isConfirmed) await pair.call({ op: "ping" });
      pair.isCut = true;
      void stateOf(pair.call({ op: "ping" }));
      pair.advance(6000);
      pair.isCut = false;
      pair.advance(1000);
    }
    expect([...new Set(named())]).toEqual([0, 1, 2]);
    await pair.call({ op: "ping" });
    expect(named().at(-1)).toBe(1);
  });

  it("[V2-9] opens a new session when the server has restarted", async () => {
    const pair = new V2Pair().open();
    pair.server.setKeys(new Map());
    pair.server.setKeys(new Map([[7, Uint8Array.from({ length: 32 }, (_, index) => index)]]));
    expect(await stateOf(pair.call({ op: "ping" }))).toBe("unknown");
    expect(pair.sessions.length).toBe(2);
    expect(await stateOf(pair.call({ op: "ping" }))).toBe("answered");
  });

  it('[V2-21] follows "no session" only for a request under way, and once a second', () => {
    const pair = new V2Pair().open();
    pair.isCut = true;
    void stateOf(pair.call({ op: "ping" }));
    const request = open(pair.toServer.at(-1) ?? new Uint8Array());
    const hint = (header: Partial<typeof request>) =>
      pair.caller.receive(encodeNoSession({ ...request, ...header }, 1), 0);
    hint({ sessionId: 1n });
    hint({ sequence: 99 });
    expect(pair.caller.client.state).toBe("open");
    hint({});
    expect(pair.caller.client.state).toBe("connecting");
    pair.isCut = false;
    pair.advance(300);
    pair.isCut = true;
    void stateOf(pair.call({ op: "ping" }));
    const again = open(pair.toServer.at(-1) ?? new Uint8Array());
    pair.caller.receive(encodeNoSession(again, 1), 999);
    expect(pair.caller.client.state).toBe("open");
    pair.caller.receive(encodeNoSession(again, 1), 1000);
    expect(pair.caller.client.state).toBe("connecting");
  });

  it("[V2-22] a request waits for those under way that touch the same sender", async () => {
    const pair = new V2Pair().open();
    pair.isCut = true;
    const first = pair.call(apply(0));
    const second = pair.call({ op: "apply", changes: [{ ...add(0), command: "remove" }] });
    expect(pair.toServer.filter((bytes) => open(bytes).op === OP.apply).length).toBe(1);
    pair.isCut = false;
    pair.advance(1000);
    await Promise.all([first, second]);
    expect(pair.table.applied.map((change) => change.command)).toEqual(["add", "remove"]);
  });

  it("[V2-18] learns that it is deposed, and by which term", async () => {
    const termMemory = { load: () => 3, store: () => undefined };
    const current = new V2Pair({ client: { term: 3 }, server: { termMemory } });
    expect(await stateOf(current.open().call(apply(0)))).toBe("answered");
    const stale = new V2Pair({ client: { term: 2 }, server: { termMemory } });
    expect(await stateOf(stale.open().call(apply(0)))).toBe("refused");
    expect(stale.sessions).toMatchObject([{ term: 3 }]);
    expect(stale.table.applied).toEqual([]);
  });

  it("[V2-16] counts the events that it missed and drops copies", async () => {
    const pair = new V2Pair().open();
    const subscribe = { op: "subscribe", classes: ["sap"], leaseSeconds: 30, eventsPerSecondMax: 99 } as const;
    await pair.call<"subscribe">(subscribe);
    const frames = [1, 2, 3, 4].flatMap((byte) => {
      const bytes = Uint8Array.of(byte);
      return pair.server.publish({ class: "sap", interface: "lan0", source: 1, group: 2, bytes }, 0);
    });
    const [first, , third, fourth] = frames;
    for (const frame of [first, fourth, third, third]) if (frame !== undefined) pair.deliver([frame]);
    expect(pair.events.map((event) => (event.class === "sap" ? event.bytes[0] : 0))).toEqual([1, 4, 3]);
    expect(pair.caller.client.counters).toMatchObject({ events: 3, eventsMissed: 1 });
  });

  it("[V2-10] refuses to put more than 81 changes into one request", () => {
    const pair = new V2Pair().open();
    const changes = Array.from({ length: 82 }, (_, index) => add(index));
    expect(() => pair.caller.client.request({ op: "apply", changes })).toThrow("82 changes do not fit");
    pair.caller.client.request({ op: "apply", changes: changes.slice(1) });
    pair.settle();
    expect(pair.table.entries.size).toBe(81);
    expect(pair.toServer.at(-1)?.length).toBe(56 + 81 * 14);
  });
});
