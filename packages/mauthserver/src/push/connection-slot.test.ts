// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { CALLS_OUTSTANDING_MAX, ConnectionSlot } from "./connection-slot.ts";

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (array: Uint8Array | undefined) => array && Buffer.from(array).toString("hex");
/** Add (192.0.2.1, 233.252.0.1) with TTL 16, under this number. */
const numbered = (sequence: number) => bytes(`${(sequence & 255).toString(16).padStart(2, "0")}00c0000201e9fc000110`);

describe("the slot of a connection", () => {
  it("executes the first request, whatever its number", () => {
    for (const sequence of [0, 42, 255])
      expect(new ConnectionSlot().receive(numbered(sequence))).toEqual({
        type: "execute",
        request: { sequence, command: 0, source: 0xc0000201, group: 0xe9fc0001, maxTtl: 16 },
      });
  });

  it("ignores every length but 11", () => {
    for (let length = 0; length <= 64; length++) {
      const verdict = new ConnectionSlot().receive(new Uint8Array(length));
      expect(verdict.type, `${length} bytes`).toBe(length === 11 ? "execute" : "ignore");
    }
  });

  it("repeats the response to a retransmission, and says nothing while the call is being executed", () => {
    const slot = new ConnectionSlot();
    slot.receive(numbered(42));
    expect(slot.receive(numbered(42))).toEqual({ type: "ignore", reason: "executing" });
    expect(hexOf(slot.settle(42, "ack"))).toBe("002a");
    expect(slot.receive(numbered(42))).toEqual({ type: "respond", response: bytes("002a") });
  });

  it("never answers a call whose outcome is unknown", () => {
    const slot = new ConnectionSlot();
    slot.receive(numbered(42));
    expect(slot.settle(42, "unknown")).toBe(undefined);
    expect(slot.receive(numbered(42))).toEqual({ type: "ignore", reason: "executing" });
  });

  it("answers ERROR to another request under the last number", () => {
    const slot = new ConnectionSlot();
    slot.receive(numbered(42));
    slot.settle(42, "ack");
    expect(slot.receive(bytes("2a01c0000201e9fc000110"))).toEqual({ type: "respond", response: bytes("012a") });
  });

  it("takes the 127 numbers after the last for new calls and the 128 before it for stale ones", () => {
    for (let distance = 1; distance < 256; distance++) {
      const slot = new ConnectionSlot();
      slot.receive(numbered(200));
      expect(slot.receive(numbered(200 + distance)).type).toBe(distance <= 127 ? "execute" : "respond");
    }
  });

  it("answers calls that end out of order, each with its own number", () => {
    const slot = new ConnectionSlot();
    slot.receive(numbered(1));
    slot.receive(numbered(2));
    expect(hexOf(slot.settle(2, "ack"))).toBe("0002");
    expect(hexOf(slot.settle(1, "error"))).toBe("0101");
    expect(slot.receive(numbered(2))).toEqual({ type: "respond", response: bytes("0002") });
  });

  it("remembers the request although the caller uses its buffer again", () => {
    const slot = new ConnectionSlot();
    const buffer = numbered(42);
    slot.receive(buffer);
    buffer[0] = 43;
    expect(slot.receive(buffer).type).toBe("execute");
  });

  it("takes no new call while too many are waiting", () => {
    const slot = new ConnectionSlot();
    for (let sequence = 0; sequence < CALLS_OUTSTANDING_MAX; sequence++)
      expect(slot.receive(numbered(sequence)).type).toBe("execute");
    expect(slot.receive(numbered(CALLS_OUTSTANDING_MAX))).toEqual({ type: "ignore", reason: "busy" });
    slot.settle(0, "ack");
    expect(slot.receive(numbered(CALLS_OUTSTANDING_MAX)).type).toBe("execute");
  });
});
