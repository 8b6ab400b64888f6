// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fake-clock.ts";
import { QUEUE_MAX, RpcQueue, type SenderCommand } from "./rpc.ts";

const ADD: SenderCommand = { command: "add", source: "192.0.2.1", group: "233.252.0.1", maxTtl: 16 };
const REMOVE: SenderCommand = { ...ADD, command: "remove" };

function setUp() {
  const clock = new FakeClock();
  const sent: string[] = [];
  const queue = new RpcQueue(clock);
  // 0x2a of 256: the first sequence number is 42.
  clock.chance = 42 / 256;
  queue.open((bytes) => void sent.push(Buffer.from(bytes).toString("hex")));
  return { clock, sent, queue };
}

describe("commands of the console", () => {
  it("sends the paper's 11 bytes and takes ACK and ERROR for its own number", async () => {
    const { sent, queue } = setUp();
    const calls = [queue.call(ADD), queue.call(REMOVE)];
    expect(sent).toEqual(["2a00c0000201e9fc000110"]);
    queue.receive(Uint8Array.of(0x00, 0x2a));
    expect(sent[1]).toBe("2b01c0000201e9fc000110");
    queue.receive(Uint8Array.of(0x01, 0x2b));
    expect(await Promise.all(calls)).toEqual(["ack", "error"]);
  });

  it("ignores responses to other numbers and bytes that are none", async () => {
    const { sent, queue } = setUp();
    const call = queue.call(ADD);
    for (const bytes of [[0x00, 0x2b], [0x02, 0x2a], [0x00], [0x00, 0x2a, 0x00], []])
      queue.receive(Uint8Array.from(bytes));
    expect(sent).toHaveLength(1);
    queue.receive(Uint8Array.of(0x00, 0x2a));
    expect(await call).toBe("ack");
  });

  it("retransmits the same bytes at 0.2, 0.6, 1.4 and 3.0 s and calls the outcome unknown at 6.2 s", async () => {
    const { clock, sent, queue } = setUp();
    let outcome: string | undefined;
    void queue.call(ADD).then((value) => (outcome = value));
    const startMs = clock.nowMs;
    const times: number[] = [0];
    while (clock.nowMs - startMs < 6_190) {
      const before = sent.length;
      clock.advance(10);
      if (sent.length > before) times.push(clock.nowMs - startMs);
    }
    await Promise.resolve();
    expect(times).toEqual([0, 200, 600, 1400, 3000]);
    expect(new Set(sent).size).toBe(1);
    expect(outcome).toBeUndefined();
    clock.advance(10);
    await Promise.resolve();
    expect(outcome).toBe("unknown");
  });

  it("goes on with the next command after an unknown outcome, deaf to the late answer", async () => {
    const { clock, queue } = setUp();
    const first = queue.call(ADD);
    const second = queue.call(REMOVE);
    clock.advance(6_200);
    expect(await first).toBe("unknown");
    queue.receive(Uint8Array.of(0x00, 0x2a));
    queue.receive(Uint8Array.of(0x01, 0x2b));
    expect(await second).toBe("error");
  });

  it("when the connection breaks, what was sent is unknown and what waited was not sent", async () => {
    const { queue } = setUp();
    const calls = [queue.call(ADD), queue.call(REMOVE)];
    queue.close();
    expect(await Promise.all(calls)).toEqual(["unknown", "not-sent"]);
    expect(await queue.call(ADD)).toBe("not-sent");
  });

  it("never sends an address that is none", async () => {
    const { sent, queue } = setUp();
    expect(await queue.call({ ...ADD, group: "233.252.0.256" })).toBe("not-sent");
    expect(sent).toEqual([]);
  });

  it("makes a thousand calls over one connection", async () => {
    const { sent, queue } = setUp();
    const calls = Array.from({ length: 1000 }, () => queue.call(ADD));
    for (let number = 0; number < 1000; number++) queue.receive(Uint8Array.of(0x00, (0x2a + number) & 0xff));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["ack"]));
    expect(sent).toHaveLength(1000);
  });

  it("holds a bounded queue", async () => {
    const { queue } = setUp();
    for (let number = 0; number <= QUEUE_MAX; number++) void queue.call(ADD);
    expect(await queue.call(ADD)).toBe("not-sent");
  });
});
