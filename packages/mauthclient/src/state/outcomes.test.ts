// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { summarize } from "./outcomes.ts";
import type { Outcome } from "./rpc.ts";

function settled(host: number, outcome: Outcome) {
  const input = { source: `192.0.2.${host}`, group: "233.252.0.1", maxTtl: 15 };
  return { order: { kind: "permit", input }, outcome } as const;
}

it("names up to two senders and counts more", () => {
  expect(summarize("permitted", [settled(1, "ack")])[0]?.body).toContain("192.0.2.1 → 233.252.0.1:");
  expect(
    summarize(
      "permitted",
      [1, 2, 3].map((host) => settled(host, "ack")),
    )[0]?.body,
  ).toContain("3 senders:");
});

it("never tells an unknown outcome as success or failure", () => {
  const toasts = summarize("revoked", [settled(1, "unknown"), settled(2, "ack"), settled(3, "error")]);
  expect(toasts.map((toast) => [toast.outcome, toast.title])).toEqual([
    ["ack", "Revoked"],
    ["error", "Refused"],
    ["unknown", "Outcome unknown"],
  ]);
});
