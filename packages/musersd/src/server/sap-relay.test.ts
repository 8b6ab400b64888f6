// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { COPY_WITHIN_MS, REMEMBERED_MAX, SapRelay, SOURCE_RATE_MAX, TOTAL_RATE_MAX } from "./sap-relay.ts";
import type { SapDatagram } from "./sap-relay.ts";

function datagram(overrides: Partial<SapDatagram> = {}): SapDatagram {
  return { interface: "lan0", source: 0xc000020b, group: 0xe0027ffe, bytes: Uint8Array.of(1, 2, 3), ...overrides };
}

function numbered(index: number): Uint8Array {
  return Uint8Array.of(index >> 16, index >> 8, index);
}

describe("SAP relay", () => {
  it("relays an announcement each time it is repeated, but not the copies of one", () => {
    const relay = new SapRelay();
    expect(relay.accept(datagram(), 0)).toBe(true);
    expect(relay.accept(datagram(), COPY_WITHIN_MS - 1)).toBe(false);
    expect(relay.accept(datagram(), COPY_WITHIN_MS)).toBe(true);
    expect(relay.counters).toEqual({ relayed: 2, droppedCopy: 1, droppedRate: 0 });
  });

  it.each([
    ["another interface", { interface: "lan1" }],
    ["another source", { source: 0xc000020c }],
    ["another group", { group: 0xefffffff }],
    ["other bytes", { bytes: Uint8Array.of(1, 2, 4) }],
  ])("takes the same datagram with %s for another one", (_what, overrides) => {
    const relay = new SapRelay();
    relay.accept(datagram(), 0);
    expect(relay.accept(datagram(overrides), 1)).toBe(true);
  });

  it("limits one source and leaves the others alone", () => {
    const relay = new SapRelay();
    let relayed = 0;
    for (let index = 0; index < 200; index++) if (relay.accept(datagram({ bytes: numbered(index) }), 0)) relayed++;
    expect(relayed).toBe(SOURCE_RATE_MAX);
    expect(relay.accept(datagram({ source: 1 }), 0)).toBe(true);
    expect(relay.accept(datagram({ bytes: numbered(999) }), 20)).toBe(true);
    expect(relay.accept(datagram({ bytes: numbered(998) }), 20)).toBe(false);
  });

  it("limits all sources together", () => {
    const relay = new SapRelay();
    let relayed = 0;
    for (let source = 0; source < 3000; source++) if (relay.accept(datagram({ source }), 0)) relayed++;
    expect(relayed).toBe(TOTAL_RATE_MAX);
  });

  it("remembers no more than it may, and forgets the oldest first", () => {
    const relay = new SapRelay();
    for (let index = 0; index <= REMEMBERED_MAX; index++) relay.accept(datagram({ source: index }), index);
    expect(relay.accept(datagram({ source: 0 }), REMEMBERED_MAX + 1)).toBe(true);
    expect(relay.accept(datagram({ source: REMEMBERED_MAX }), REMEMBERED_MAX + 1)).toBe(false);
  });
});
