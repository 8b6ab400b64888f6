// SPDX-License-Identifier: MIT
import type { DeniedRow, SenderRow } from "@mauth/protocol/v2";
import { beforeEach, describe, expect, it } from "vitest";
import { Board } from "../push/board.ts";
import { DENIED_SHOWN_MAX, Sightings } from "./sightings.ts";

/** The mrouter has been up for 100 s at an instant. */
const at = { bootMs: 100_000, wallMs: 1_700_000_000_000 };

function denied(index: number, more: Partial<DeniedRow> = {}): DeniedRow {
  const pair = { source: 0xc0000200 + (index >> 8), group: 0xe9fc0000 + (index & 255) };
  const times = { firstMs: 40_000, lastMs: 90_000 };
  return { interface: "lan0", ...pair, reason: "UNKNOWN", ttl: 16, packets: 3, bytes: 300, ...times, ...more };
}
function sender(index: number, more: Partial<SenderRow> = {}): SenderRow {
  const counts = { packets: 5, bytes: 500, refusedPackets: 1, lastMs: 99_000 };
  return { source: 0xc0000200, group: 0xe9fc0000 + index, maxTtl: 16, ...counts, ...more };
}

describe("what an mrouter has counted", () => {
  let board: Board;
  let permitted: Set<string>;
  let sightings: Sightings;
  beforeEach(() => {
    board = new Board();
    permitted = new Set();
    sightings = new Sightings({ mrouter: "edge-1", board, isPermitted: (key) => permitted.has(key) });
  });
  const shown = () => [...board.values("denied")].map(({ id }) => id);

  it("is shown with the times of our clock", () => {
    sightings.takeDenied([denied(1)], at, false);
    sightings.takeSenders([sender(1), sender(2, { packets: 0, lastMs: 0 })], at, false);
    expect([...board.values("denied")]).toEqual([
      {
        id: "edge-1|lan0|192.0.2.0>233.252.0.1",
        mrouter: "edge-1",
        interface: "lan0",
        source: "192.0.2.0",
        group: "233.252.0.1",
        reason: "UNKNOWN",
        ttl: 16,
        packets: 3,
        bytes: 300,
        firstAt: 1_700_000_000_000 - 60_000,
        lastAt: 1_700_000_000_000 - 10_000,
      },
    ]);
    expect([...board.values("sender")].map(({ lastAt }) => lastAt)).toEqual([1_700_000_000_000 - 1000, null]);
  });

  it("keeps the time of the first refusal although the clocks drift", () => {
    sightings.takeDenied([denied(1)], at, false);
    sightings.takeDenied([denied(1, { lastMs: 101_000 })], { bootMs: 101_000, wallMs: at.wallMs + 1007 }, false);
    expect([...board.values("denied")]).toMatchObject([{ firstAt: at.wallMs - 60_000, lastAt: at.wallMs + 1007 }]);
  });

  it("is shown only when it changed", () => {
    const frames: Uint8Array[] = [];
    sightings.takeDenied([denied(1)], at, false);
    board.listen((frame) => frames.push(frame));
    sightings.takeDenied([denied(1)], { bootMs: 101_000, wallMs: at.wallMs + 1005 }, true);
    expect(frames).toEqual([]);
  });

  it("is gone when it is missing among all", () => {
    sightings.takeDenied([denied(1), denied(2)], at, false);
    sightings.takeSenders([sender(1), sender(2)], at, false);
    sightings.takeDenied([], at, false);
    expect(shown()).toHaveLength(2);
    sightings.takeDenied([denied(2)], at, true);
    sightings.takeSenders([sender(2)], at, true);
    expect(shown()).toEqual(["edge-1|lan0|192.0.2.0>233.252.0.2"]);
    expect([...board.values("sender")].map(({ id }) => id)).toEqual(["edge-1|192.0.2.0>233.252.0.2"]);
  });

  it("is no news of a sender that is permitted, unless its TTL is refused", () => {
    sightings.takeDenied([denied(1), denied(2, { reason: "TTL" })], at, false);
    for (const key of ["192.0.2.0>233.252.0.1", "192.0.2.0>233.252.0.2"]) {
      permitted.add(key);
      sightings.permitted(key);
    }
    expect(shown()).toEqual(["edge-1|lan0|192.0.2.0>233.252.0.2"]);
    sightings.takeDenied([denied(1, { lastMs: 95_000 })], at, false);
    expect(shown()).toEqual(["edge-1|lan0|192.0.2.0>233.252.0.2"]);
  });

  it("is bounded: what was refused longest ago gives way and stays away", () => {
    const rows = Array.from({ length: DENIED_SHOWN_MAX + 10 }, (_, index) => denied(index, { lastMs: 50_000 + index }));
    sightings.takeDenied(rows, at, false);
    expect(board.size("denied")).toBe(DENIED_SHOWN_MAX);
    expect(board.get("denied", "edge-1|lan0|192.0.2.0>233.252.0.9")).toBe(undefined);
    expect(board.get("denied", "edge-1|lan0|192.0.2.0>233.252.0.10")).toBeDefined();
    const frames: Uint8Array[] = [];
    const stopListening = board.listen((frame) => frames.push(frame));
    sightings.takeDenied(rows, at, true);
    stopListening();
    expect(frames).toEqual([]);
    sightings.takeDenied([denied(3, { lastMs: 99_000 })], at, false);
    expect(board.get("denied", "edge-1|lan0|192.0.2.0>233.252.0.3")).toBeDefined();
  });

  it("begins anew when the mrouter does", () => {
    sightings.takeDenied([denied(1)], at, false);
    sightings.takeSenders([sender(1)], at, false);
    sightings.clear();
    expect([board.size("denied"), board.size("sender")]).toEqual([0, 0]);
    sightings.takeDenied([denied(1, { firstMs: 1, lastMs: 2 })], at, false);
    expect(board.size("denied")).toBe(1);
  });
});
