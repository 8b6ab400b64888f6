// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { fromHex } from "../../test/hex.ts";
import vectors from "../../test/vectors/v1.json" with { type: "json" };
import { decodeRequest, isMaxTtl, validateRequest } from "./index.ts";

const SOURCE = 0xc0000201;
const GROUP = 0xe9fc0001;

describe("v1 validation", () => {
  it.each(vectors.requests)("[V1-4] $name is judged $error", (row) => {
    const decoded = decodeRequest(fromHex(row.hex));
    expect(decoded.ok && (validateRequest(decoded.value) ?? null)).toBe(row.error);
  });

  it("[V1-4] of all 256 commands only add and remove are commands", () => {
    for (let command = 0; command < 256; command++) {
      const verdict = validateRequest({ command, source: SOURCE, group: GROUP, maxTtl: 1 });
      expect(verdict).toBe(command <= 1 ? undefined : "bad-command");
    }
  });

  it("[V1-4] a maximum TTL is a whole number from 1 to 255, and only an add needs one", () => {
    for (let maxTtl = 0; maxTtl < 256; maxTtl++) {
      expect(validateRequest({ command: 0, source: SOURCE, group: GROUP, maxTtl })).toBe(
        maxTtl ? undefined : "bad-ttl",
      );
      expect(validateRequest({ command: 1, source: SOURCE, group: GROUP, maxTtl })).toBe(undefined);
    }
    for (const number of [-1, 256, 1.5, Number.NaN]) expect(isMaxTtl(number)).toBe(false);
  });
});
