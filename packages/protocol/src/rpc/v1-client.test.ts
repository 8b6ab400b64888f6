// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../test/hex.ts";
import { V1Client } from "./index.ts";

const ADD = { command: 0, source: 0xc0000201, group: 0xe9fc0001, maxTtl: 16 };

describe("v1 client", () => {
  it("[V1-13] numbers its calls one after the other and wraps", () => {
    const client = new V1Client({ firstSequence: 254 });
    for (const first of ["fe", "ff", "00", "01"]) {
      expect(toHex(client.start(ADD, 0))).toBe(first + "00c0000201e9fc000110");
      expect(client.receive(fromHex("00" + first))).toEqual({ state: "ack" });
    }
  });

  it("[V1-13] sends at 0, 200, 600, 1400 and 3000 ms and gives up at 6200 ms", () => {
    const client = new V1Client({ firstSequence: 42 });
    const bytes = client.start(ADD, 1000);
    const sentAt: number[] = [];
    for (let nowMs = 1000; nowMs <= 7199; nowMs++) {
      const tick = client.tick(nowMs);
      if (tick !== undefined) expect(tick).toEqual({ type: "send", bytes });
      if (tick !== undefined) sentAt.push(nowMs - 1000);
    }
    expect(sentAt).toEqual([200, 600, 1400, 3000]);
    expect(client.nextDeadlineMs).toBe(7200);
    expect(client.tick(7200)).toEqual({ type: "outcome", outcome: { state: "unknown" } });
    expect(client.isBusy).toBe(false);
  });

  it("[V1-13] sends once, not in a burst, after the process has slept, and nothing after the horizon", () => {
    const client = new V1Client({ firstSequence: 0 });
    client.start(ADD, 0);
    expect(client.tick(2000)?.type).toBe("send");
    expect(client.tick(2000)).toBe(undefined);
    expect(client.nextDeadlineMs).toBe(3000);
    expect(client.tick(60_000)).toEqual({ type: "outcome", outcome: { state: "unknown" } });
  });

  it("[V1-13] makes one call at a time and 100 calls from a port", () => {
    const client = new V1Client({ firstSequence: 0 });
    for (let count = 0; count < 100; count++) {
      expect(client.isPortWorn).toBe(false);
      client.start(ADD, 0);
      expect(() => client.start(ADD, 0)).toThrow("one call at a time");
      client.receive(Uint8Array.of(0, count));
    }
    expect(client.isPortWorn).toBe(true);
    expect(() => client.start(ADD, 0)).toThrow("worn");
  });

  it("[V1-13] keeps a port whose last call is unknown, up to 120 calls", () => {
    const client = new V1Client({ firstSequence: 0 });
    for (let count = 0; count < 99; count++) {
      client.start(ADD, 0);
      client.receive(Uint8Array.of(0, count));
    }
    for (let count = 99; count < 120; count++) {
      expect(client.isPortWorn).toBe(false);
      client.start(ADD, 0);
      expect(client.tick(6200)?.type).toBe("outcome");
    }
    expect(client.isPortWorn).toBe(true);
  });

  it("[V1-14] of all 65,536 responses two settle a call", () => {
    const settled: string[] = [];
    for (let word = 0; word < 65_536; word++) {
      const client = new V1Client({ firstSequence: 42 });
      client.start(ADD, 0);
      const bytes = Uint8Array.of(word >> 8, word & 255);
      const outcome = client.receive(bytes);
      if (outcome !== undefined) settled.push(`${toHex(bytes)} ${outcome.state}`);
    }
    expect(settled).toEqual(["002a ack", "012a error"]);
  });

  it("[V1-14] ignores responses of other lengths and responses to nothing", () => {
    const client = new V1Client({ firstSequence: 42 });
    expect(client.receive(fromHex("002a"))).toBe(undefined);
    client.start(ADD, 0);
    for (const hex of ["", "00", "002a00"]) expect(client.receive(fromHex(hex))).toBe(undefined);
    expect(client.receive(fromHex("012a"))).toEqual({ state: "error" });
    expect(client.receive(fromHex("012a"))).toBe(undefined);
    expect(client.nextDeadlineMs).toBe(undefined);
  });
});
