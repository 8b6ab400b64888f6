// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../test/hex.ts";
import type { ErrorCode } from "../error-code.ts";
import type { Request } from "../v1/index.ts";
import { MemorySlots, quietUntilMs, V1_SLOTS_MAX, V1_SLOTS_PER_ADDRESS_MAX, V1Server } from "./index.ts";
import type { V1ServerOptions } from "./index.ts";

const PEER = { address: 0xc0000209, port: 40_000 };
const ADD_42 = "2a00c0000201e9fc000110";

/** A server over a filter that lists what it was asked. */
function setUp(options: Partial<V1ServerOptions> & { readonly error?: ErrorCode } = {}) {
  const executed: Request[] = [];
  const execute = (request: Request): ErrorCode | undefined => {
    executed.push(request);
    return options.error;
  };
  const server = new V1Server({ memory: new MemorySlots(), execute, ...options });
  const call = (hex: string, nowMs = 0, peer = PEER) => {
    const response = server.receive(peer, fromHex(hex), nowMs);
    return response && toHex(response);
  };
  return { server, executed, call };
}

/** ADD_42 with another number. */
function numbered(sequence: number): string {
  return (sequence & 255).toString(16).padStart(2, "0") + ADD_42.slice(2);
}

describe("v1 server", () => {
  it("[V1-5] executes the first request of a peer, whatever its number", () => {
    for (const sequence of [0, 42, 255]) {
      const { executed, call } = setUp();
      expect(call(numbered(sequence))).toBe("00" + numbered(sequence).slice(0, 2));
      expect(executed).toEqual([{ sequence, command: 0, source: 0xc0000201, group: 0xe9fc0001, maxTtl: 16 }]);
    }
  });

  it("[V1-5] ports and addresses are different peers", () => {
    const { executed, call } = setUp();
    call(ADD_42);
    call(ADD_42, 0, { ...PEER, port: PEER.port + 1 });
    call(ADD_42, 0, { ...PEER, address: PEER.address + 1 });
    expect(executed.length).toBe(3);
  });

  it("[V1-6] answers a retransmission from its slot without executing it", () => {
    const { server, executed, call } = setUp();
    for (let copy = 0; copy < 5; copy++) expect(call(ADD_42, copy)).toBe("002a");
    expect(executed.length).toBe(1);
    expect(server.counters).toMatchObject({ executed: 1, repeated: 4 });
  });

  it("[V1-6] repeats an ERROR as an ERROR", () => {
    const { executed, call } = setUp({ error: "full" });
    for (let copy = 0; copy < 2; copy++) expect(call(ADD_42)).toBe("012a");
    expect(executed.length).toBe(1);
  });

  it("[V1-6] remembers the request although the caller uses its buffer again", () => {
    const { server, executed } = setUp();
    const buffer = fromHex(ADD_42);
    server.receive(PEER, buffer, 0);
    buffer.set(fromHex(numbered(43)));
    server.receive(PEER, buffer, 0);
    expect(executed.map((request) => request.sequence)).toEqual([42, 43]);
  });

  it("[V1-7] answers ERROR to another request under the last number and executes nothing", () => {
    for (let index = 1; index < 11; index++) {
      const { server, executed, call } = setUp();
      call(ADD_42);
      const other = fromHex(ADD_42);
      other[index] = (other[index] ?? 0) ^ 1;
      expect(call(toHex(other))).toBe("012a");
      expect(call(ADD_42)).toBe("002a");
      expect(executed.length).toBe(1);
      expect(server.counters.conflicting).toBe(1);
    }
  });

  it("[V1-8] of the 255 other numbers, the 127 after the last are new calls and the 128 before it are stale", () => {
    for (let distance = 1; distance < 256; distance++) {
      const { server, executed, call } = setUp();
      call(ADD_42);
      const request = numbered(42 + distance);
      const isNew = distance <= 127;
      expect(call(request)).toBe((isNew ? "00" : "01") + request.slice(0, 2));
      expect(executed.length).toBe(isNew ? 2 : 1);
      expect(server.counters.stale).toBe(isNew ? 0 : 1);
    }
  });

  it("[V1-8] a delayed copy of an older call is not executed again", () => {
    const { executed, call } = setUp();
    call(numbered(255));
    call(numbered(256));
    expect(call(numbered(255))).toBe("01ff");
    expect(executed.map((request) => request.sequence)).toEqual([255, 0]);
  });

  it("[V1-9] answers from its slots after a restart", () => {
    const memory = new MemorySlots();
    setUp({ memory }).call(ADD_42);
    const { executed, call } = setUp({ memory });
    expect(call(ADD_42)).toBe("002a");
    expect(call(numbered(41))).toBe("0129");
    expect(executed).toEqual([]);
  });

  it.each([
    ["finishes a call that the kernel did not get", { isInForce: () => false }, "002a", 1],
    ["does not repeat a call that the kernel got", { isInForce: () => true }, "002a", 0],
    ["never answers a call that nobody can settle", {}, undefined, 0],
  ])("[V1-9] after a kill inside the kernel call, %s", (_, options, response, executions) => {
    const memory = new MemorySlots();
    const killed = setUp({
      memory,
      execute: () => {
        throw new Error("killed");
      },
    });
    expect(() => killed.call(ADD_42)).toThrow("killed");
    const { executed, call } = setUp({ memory, ...options });
    expect(call(ADD_42)).toBe(response);
    expect(executed.length).toBe(executions);
  });

  it("[V1-10] forgets a peer after 40 s of silence and not before", () => {
    const { server, executed, call } = setUp();
    call(ADD_42, 0);
    call(ADD_42, 40_000);
    expect(executed.length).toBe(1);
    call(ADD_42, 80_001);
    expect(executed.length).toBe(2);
    expect(server.slotCount).toBe(1);
  });

  it("[V1-10] refuses new peers when every slot is live, and serves the known ones", () => {
    const memory = new MemorySlots();
    const { server, call } = setUp({ memory });
    for (let count = 0; count < V1_SLOTS_MAX; count++) {
      const peer = { address: 0xc0000200 + (count % 8), port: 1 + count };
      expect(call(ADD_42, count, peer)).toBe("002a");
    }
    expect([...memory.load()].length).toBe(4096);
    expect(call(ADD_42, 5000)).toBe(undefined);
    expect(call(numbered(43), 5000, { address: 0xc0000200, port: 1 })).toBe("002b");
    expect(server.counters.droppedFull).toBe(1);
    expect(call(ADD_42, 40_002)).toBe("002a");
  });

  it("[V1-10] one address cannot hold more than 1024 slots", () => {
    const { server, call } = setUp();
    for (let port = 1; port <= V1_SLOTS_PER_ADDRESS_MAX; port++) call(ADD_42, 0, { ...PEER, port });
    expect(call(ADD_42, 0, { ...PEER, port: 2000 })).toBe(undefined);
    expect(call(ADD_42, 0, { ...PEER, address: PEER.address + 1 })).toBe("002a");
    expect(server.slotCount).toBe(1025);
    expect(call(ADD_42, 50_000, { ...PEER, port: 2000 })).toBe("002a");
    expect(server.slotCount).toBe(1);
  });

  it("[V1-10] slots dated in the future by an earlier boot live one lifetime from now", () => {
    const memory = new MemorySlots();
    const before = setUp({ memory });
    for (let port = 10; port < 20; port++) before.call(ADD_42, 1e9 + port, { ...PEER, port });
    const { server, call } = setUp({ memory });
    call(ADD_42, 10, { ...PEER, port: 1 });
    call(ADD_42, 40_010, { ...PEER, port: 1 });
    expect(server.slotCount).toBe(11);
    call(ADD_42, 80_011, { ...PEER, port: 2 });
    expect(server.slotCount).toBe(1);
  });

  it("[V1-11] is silent until its quiet time is over", () => {
    const { server, executed, call } = setUp({ quietUntilMs: 40_000 });
    expect(call(ADD_42, 39_999)).toBe(undefined);
    expect(executed).toEqual([]);
    expect(server.counters.droppedQuiet).toBe(1);
    expect(call(ADD_42, 40_000)).toBe("002a");
  });

  it("[V1-11] stays silent when it is restarted within its quiet time, and remembers only that", () => {
    const memory = new MemorySlots();
    setUp({ memory, quietUntilMs: 40_000 });
    for (let restart = 0; restart < 3; restart++) expect(setUp({ memory }).call(ADD_42, 39_999)).toBe(undefined);
    const { server, call } = setUp({ memory });
    expect([call(ADD_42, 40_000), server.slotCount, [...memory.load()].length]).toEqual(["002a", 1, 1]);
    expect(setUp({ memory }).call(numbered(43), 40_001)).toBe("002b");
  });

  it("[V1-11] a quiet time of an earlier boot is 40 s at most", () => {
    const memory = new MemorySlots();
    setUp({ memory, quietUntilMs: 1e9 });
    const { call } = setUp({ memory });
    expect(call(ADD_42, 10)).toBe(undefined);
    expect(call(ADD_42, 40_009)).toBe(undefined);
    expect(call(ADD_42, 40_010)).toBe("002a");
  });

  it("[V1-11] slots that were kept, or 40 s since boot, need no quiet time; damaged slots do", () => {
    expect(quietUntilMs("intact", 5)).toBe(0);
    expect(quietUntilMs("absent", 5)).toBe(40_000);
    expect(quietUntilMs("damaged", 100_000)).toBe(140_000);
  });

  it("[V1-12] says ACK only after the kernel call, and ERROR to what the kernel refuses", () => {
    for (const error of ["full", "no-memory", "not-permitted", "kernel-failure"] as const) {
      expect(setUp({ error }).call(ADD_42)).toBe("012a");
    }
  });

  it.each([
    ["an unknown command", "2a02c0000201e9fc000110"],
    ["a multicast source", "2a00e9fc0001e9fc000110"],
    ["a unicast group", "2a00c0000201c000020210"],
    ["TTL 0 in an add", "2a00c0000201e9fc000100"],
  ])("[V1-12] answers ERROR to %s without asking the kernel", (_, hex) => {
    const { executed, call } = setUp();
    expect(call(hex)).toBe("012a");
    expect(executed).toEqual([]);
  });

  it("[V1-3] drops every other length in silence and counts it", () => {
    const { server } = setUp();
    for (let length = 0; length <= 64; length++) {
      if (length !== 11) expect(server.receive(PEER, new Uint8Array(length), 0)).toBe(undefined);
    }
    expect(server.counters).toMatchObject({ received: 64, droppedLength: 64 });
    expect(server.slotCount).toBe(0);
  });

  it("[V1-15] drops what does not come from the allow-list and remembers nothing of it", () => {
    const { server, executed, call } = setUp({ allow: (address) => address === PEER.address });
    expect(call(ADD_42, 0, { ...PEER, address: PEER.address + 1 })).toBe(undefined);
    expect(server.slotCount).toBe(0);
    expect(server.counters.droppedAcl).toBe(1);
    expect(call(ADD_42)).toBe("002a");
    expect(executed.length).toBe(1);
  });

  it("[V1-16] counts every datagram in exactly one class", () => {
    const { server, call } = setUp({ allow: (address) => address === PEER.address });
    call(ADD_42);
    call(ADD_42);
    call(numbered(41));
    call("2a01c0000201e9fc000110");
    call("2b02c0000201e9fc000110");
    call("");
    call(ADD_42, 0, { ...PEER, address: 1 });
    expect(server.counters).toEqual({
      received: 7,
      executed: 1,
      refused: 1,
      failed: 0,
      repeated: 1,
      undecided: 0,
      conflicting: 1,
      stale: 1,
      droppedLength: 1,
      droppedAcl: 1,
      droppedQuiet: 0,
      droppedFull: 0,
    });
  });
});
