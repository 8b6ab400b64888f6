// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { ERROR_CODES, errorCodeOfErrno, errorCodeOfWire } from "./error-code.ts";

describe("error codes", () => {
  it("each wire byte is used once, is not zero and leads back to its code", () => {
    const seen = new Set<number>();
    for (const [code, row] of Object.entries(ERROR_CODES)) {
      expect(row.wire).toBeGreaterThan(0);
      expect(row.wire).toBeLessThan(256);
      expect(errorCodeOfWire(row.wire)).toBe(code);
      seen.add(row.wire);
    }
    expect(seen.size).toBe(Object.keys(ERROR_CODES).length);
  });

  it("an unknown wire byte, zero included, is a kernel failure and never success", () => {
    const known = new Set<number>(Object.values(ERROR_CODES).map((row) => row.wire));
    for (let wire = 0; wire < 256; wire++) if (!known.has(wire)) expect(errorCodeOfWire(wire)).toBe("kernel-failure");
  });

  it.each([
    ["E2BIG", "full"],
    ["ENOSPC", "full"],
    ["ENOMEM", "no-memory"],
    ["EPERM", "not-permitted"],
    ["EACCES", "not-permitted"],
    ["EOPNOTSUPP", "unsupported"],
    ["EBUSY", "kernel-failure"],
    ["", "kernel-failure"],
  ])("errno %j is %s", (errno, code) => {
    expect(errorCodeOfErrno(errno)).toBe(code);
  });

  it.each([
    ["bad-source", 1],
    ["bad-group", 2],
    ["bad-ttl", 3],
    ["bad-command", 4],
    ["full", 5],
    ["no-memory", 6],
    ["not-permitted", 7],
    ["unsupported", 8],
    ["bad-limit", 9],
    ["kernel-failure", 255],
  ] as const)("%s is byte %i on the v2 wire and has a sentence", (code, wire) => {
    expect(ERROR_CODES[code].wire).toBe(wire);
    expect(ERROR_CODES[code].sentence.length).toBeGreaterThan(10);
  });
});
