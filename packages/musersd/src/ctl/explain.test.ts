// SPDX-License-Identifier: MIT
import { parseAddress } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import type { DeniedRow, RefusalReason, SenderRow } from "@mauth/protocol/v2";
import { describe, expect, it } from "vitest";
import { explain } from "./explain.ts";

const NOW_MS = 100_000;

function ip(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}

function sender(source: string, group: string, lastMs: number, more: Partial<SenderRow> = {}): SenderRow {
  const counters = { packets: 1, bytes: 1, refusedPackets: 0, lastMs };
  return { source: ip(source), group: ip(group), maxTtl: 16, ...counters, ...more };
}

function denied(source: string, group: string, lastMs: number, reason: RefusalReason = "UNKNOWN"): DeniedRow {
  const counts = { packets: 1, bytes: 1, firstMs: 1, lastMs };
  return { interface: "lan0", source: ip(source), group: ip(group), reason, ttl: 32, ...counts };
}

function sentence(source: string, group: string, senders: SenderRow[], refused: DeniedRow[] = []): string {
  const { verdict, sentence: text } = explain(ip(source), ip(group), { senders, denied: refused, nowMs: NOW_MS });
  return `${verdict}: ${text}`;
}

describe("an explanation", () => {
  it("says what the last packet met", () => {
    const pair = ["192.0.2.11", "233.252.0.1"] as const;
    expect(sentence(...pair, [])).toBe("silent: not registered, and no packet has come: it would be refused");
    expect(sentence(...pair, [], [denied(...pair, 98_000)])).toBe(
      "refused: refused on lan0, last 2 s ago: it is not registered; musersctl add 192.0.2.11 233.252.0.1 32 lets it pass",
    );
    expect(sentence(...pair, [sender(...pair, 0)])).toBe(
      "silent: registered as 192.0.2.11 233.252.0.1, max TTL 16; no packet has come",
    );
    expect(sentence(...pair, [sender(...pair, 97_000)], [denied(...pair, 90_000)])).toBe(
      "passed: registered as 192.0.2.11 233.252.0.1, max TTL 16; the last packet passed 3 s ago",
    );
    expect(sentence(...pair, [sender(...pair, 90_000)], [denied(...pair, 97_000, "TTL")])).toBe(
      "refused: refused on lan0, last 3 s ago: its TTL 32 is above the maximum 16",
    );
  });

  it("takes a refusal before the registration for past", () => {
    const pair = ["2001:db8::b", "ff3e::8000:1"] as const;
    expect(sentence(...pair, [sender(...pair, 0)], [denied(...pair, 97_000)])).toMatch(/^silent: registered/);
  });

  it("names the entry that decides: first its own source, then the longest group", () => {
    const rows = [
      sender("0.0.0.0", "233.252.0.1", 1),
      sender("192.0.2.11", "233.252.0.0", 1, { groupLength: 24 }),
      sender("192.0.2.11", "233.0.0.0", 1, { groupLength: 8 }),
      sender("192.0.2.12", "233.252.0.1", 1),
      sender("::", "ff00::", 1, { groupLength: 8 }),
    ];
    const { entry } = explain(ip("192.0.2.11"), ip("233.252.0.1"), { senders: rows, denied: [], nowMs: NOW_MS });
    expect(entry).toBe(rows[1]);
    expect(sentence("192.0.2.9", "233.252.0.1", rows)).toContain("registered as any 233.252.0.1, max TTL 16");
    expect(sentence("2001:db8::b", "ff05::1", rows)).toContain("registered as any ff00::/8, max TTL 16");
    expect(sentence("192.0.2.9", "233.252.0.2", rows)).toContain("not registered");
  });

  it.each(["EXPIRED", "SPOOF", "RATE", "MALFORMED", "REGISTER"] as const)("has a sentence for %s", (reason) => {
    const text = sentence("192.0.2.11", "233.252.0.1", [], [denied("192.0.2.11", "233.252.0.1", 99_000, reason)]);
    expect(text).toMatch(/^refused: refused on lan0, last 1 s ago: it.* [a-z ]+$/);
  });
});
