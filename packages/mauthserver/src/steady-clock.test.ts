// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from "vitest";
import { SteadyClock } from "./steady-clock.ts";

const YEAR_MS = 365 * 86_400_000;

describe("the time by which grants end", () => {
  let wallMs: number;
  let bootMs: number;
  let monotonicMs: number;
  let steady: SteadyClock;
  const pass = (ms: number) => {
    wallMs += ms;
    bootMs += ms;
    monotonicMs += ms;
  };

  beforeEach(() => {
    wallMs = 1_700_000_000_000;
    bootMs = 5000;
    monotonicMs = 4000;
    steady = new SteadyClock({ wallMs: () => wallMs, bootMs: () => bootMs, monotonicMs: () => monotonicMs });
  });

  it.each([YEAR_MS, -YEAR_MS, 60_001, -60_001])("goes on when the wall clock jumps by %i ms", (jumpMs) => {
    pass(1000);
    wallMs += jumpMs;
    expect(steady.nowMs()).toBe(1_700_000_001_000);
    expect(steady.jumpMs).toBe(jumpMs);
    pass(3_600_000);
    expect(steady.nowMs()).toBe(1_700_003_601_000);
  });

  it("follows the wall clock again when the jump is taken back", () => {
    wallMs += YEAR_MS;
    steady.nowMs();
    wallMs -= YEAR_MS;
    pass(10);
    expect([steady.nowMs(), steady.jumpMs]).toEqual([1_700_000_000_010, 0]);
  });

  it("follows the wall clock when that is corrected, for years", () => {
    for (let day = 0; day < 1000; day++) {
      pass(86_400_000);
      wallMs += 5000;
      expect(steady.nowMs()).toBe(wallMs);
    }
    expect(steady.jumpMs).toBe(0);
  });

  it("counts the time in which the machine was suspended", () => {
    wallMs += YEAR_MS;
    steady.nowMs();
    wallMs += 7_200_000;
    bootMs += 7_200_000;
    expect(steady.nowMs()).toBe(1_700_007_200_000);
  });

  it("looks at the clock since boot once a second while the others go on in step, and at once when they do not", () => {
    let looks = 0;
    const bootClock = { wallMs: () => wallMs, bootMs: () => (looks++, bootMs), monotonicMs: () => monotonicMs };
    const counted = new SteadyClock(bootClock);
    looks = 0;
    for (let ms = 0; ms < 2000; ms++) {
      pass(1);
      expect(counted.nowMs()).toBe(wallMs);
    }
    expect(looks).toBe(2);
    wallMs += YEAR_MS;
    expect(counted.nowMs()).toBe(1_700_000_002_000);
    pass(1);
    expect(counted.nowMs()).toBe(1_700_000_002_001);
    expect(looks).toBe(3);
  });

  it("makes do with a clock that stops in between", () => {
    const plain = new SteadyClock({ wallMs: () => wallMs, monotonicMs: () => monotonicMs });
    pass(500);
    wallMs -= YEAR_MS;
    expect(plain.nowMs()).toBe(1_700_000_000_500);
  });
});
