// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from "vitest";
import { sendersOf } from "../grants/grant.ts";
import { Ledger } from "./ledger.ts";
import { V1Plan } from "./v1-plan.ts";
import type { Step } from "./v1-plan.ts";

type Call = Extract<Step, { type: "call" }>;

describe("the plan of v1 calls", () => {
  let ledger: Ledger;
  let plan: V1Plan;
  let nowMs: number;
  beforeEach(() => {
    ledger = new Ledger();
    nowMs = 0;
    plan = new V1Plan(ledger, nowMs);
  });

  function want(last: number, maxTtl: number): void {
    ledger.want(sendersOf({ id: `192.0.2.${last}>233.252.0.1`, maxTtl })[0]!);
  }
  function nextCall(): Call {
    const step = plan.next(nowMs);
    if (step.type !== "call") throw new Error("no call is due");
    return step;
  }
  /** Makes calls, answered after a millisecond each, until `endMs`. */
  function answerUntil(endMs: number): Call[] {
    const calls: Call[] = [];
    while (nowMs < endMs) {
      const step = plan.next(nowMs);
      nowMs += step.type === "wait" ? step.forMs : 1;
      if (step.type === "wait") continue;
      calls.push(step);
      plan.settle(step, step.ticket ? "ack" : "error", nowMs);
    }
    return calls;
  }

  it("asks first whether the mrouter is there, with a request that no filter can accept", () => {
    want(1, 16);
    const probe = nextCall();
    expect(probe.call).toEqual({ command: 0, source: 0, group: 0, maxTtl: 0 });
    plan.settle(probe, "error", nowMs);
    expect(nextCall().call).toEqual({ command: 0, source: 0xc0000201, group: 0xe9fc0001, maxTtl: 16 });
  });

  it("removes what shall be absent", () => {
    plan.settle(nextCall(), "error", nowMs);
    want(1, 0);
    expect(nextCall().call).toEqual({ command: 1, source: 0xc0000201, group: 0xe9fc0001, maxTtl: 0 });
  });

  it("only probes while the mrouter is silent, so that no late add can follow a remove", () => {
    plan.settle(nextCall(), "error", nowMs);
    want(1, 16);
    plan.settle(nextCall(), "unknown", nowMs);
    for (let tries = 0; tries < 10; tries++) {
      const step = nextCallAt(nowMs + 100);
      expect(step.ticket).toBe(undefined);
      plan.settle(step, "unknown", nowMs);
    }
  });

  it("asserts everything again once a silent mrouter answers", () => {
    for (const last of [1, 2, 3]) want(last, 16);
    answerUntil(10);
    expect(ledger.pending).toBe(0);
    plan.settle(nextCallAt(5000), "unknown", nowMs);
    plan.settle(nextCallAt(5001), "error", nowMs);
    expect(ledger.pending).toBe(3);
  });

  it("does not probe a silent mrouter faster than the network refuses", () => {
    plan.settle(nextCall(), "unknown", nowMs);
    expect(plan.next(1)).toEqual({ type: "wait", forMs: 99 });
    expect(plan.next(100).type).toBe("call");
  });

  function nextCallAt(atMs: number): Call {
    nowMs = atMs;
    return nextCall();
  }

  it.each([1, 10, 500])("asserts each of %i senders at least every 2 s", (count) => {
    for (let index = 0; index < count; index++)
      ledger.want(sendersOf({ id: `192.0.${index >> 8}.${index & 255}>233.252.0.1`, maxTtl: 16 })[0]!);
    answerUntil(1000);
    const calls = answerUntil(3000).filter((step) => step.ticket);
    expect(new Set(calls.map((step) => step.ticket?.sender.key)).size).toBe(count);
  });

  it("goes by the size of the table as it is, not as it was at the last assertion", () => {
    want(1, 16);
    answerUntil(100);
    for (let last = 2; last <= 20; last++) want(last, 16);
    answerUntil(150);
    const calls = answerUntil(1300).filter((step) => step.ticket);
    expect(new Set(calls.map((step) => step.ticket?.sender.key)).size).toBe(20);
  });

  it("asserts a large table at a bounded rate", () => {
    for (let index = 0; index < 5000; index++)
      ledger.want(sendersOf({ id: `192.${index >> 8}.2.${index & 255}>233.252.0.1`, maxTtl: 16 })[0]!);
    answerUntil(6000);
    expect(ledger.pending).toBe(0);
    const calls = answerUntil(16_000).filter((step) => step.ticket);
    expect(calls.length / 10).toBeGreaterThan(400);
    expect(calls.length / 10).toBeLessThanOrEqual(510);
  });

  it("probes an mrouter without senders every second", () => {
    const calls = answerUntil(10_000);
    expect(calls.length).toBeGreaterThanOrEqual(9);
    expect(calls.length).toBeLessThanOrEqual(12);
  });

  it("stays below the ports that an mrouter remembers, also when everything is new", () => {
    for (let index = 0; index < 65_536; index++)
      ledger.want(sendersOf({ id: `192.0.${index >> 8}.${index & 255}>233.252.0.1`, maxTtl: 16 })[0]!);
    // 1024 ports of one address for 40 s, 100 calls each.
    expect(answerUntil(40_000).length).toBeLessThan(1024 * 100 * 0.9);
  });

  it("tells a failed call from a silent mrouter", () => {
    plan.settle(nextCall(), "error", nowMs);
    want(1, 16);
    plan.settle(nextCall(), "error", nowMs);
    expect(ledger.failed).toBe(1);
  });
});
