// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseKeys, readKeys } from "./keys.ts";

const KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

it("reads key ids and keys, comments and empty lines", () => {
  const keys = parseKeys(`# rotated in May\n1 ${KEY}\n\n4294967295 ${KEY.toUpperCase()} # new\n`, "keys");
  expect([...keys.keys()]).toEqual([1, 4_294_967_295]);
  expect(keys.get(1)).toEqual(keys.get(4_294_967_295));
  expect(keys.get(1)?.subarray(0, 3)).toEqual(Uint8Array.of(0x00, 0x11, 0x22));
});

it.each([`0 ${KEY}`, `4294967296 ${KEY}`, `1 ${KEY}00`, `1 ${KEY.slice(1)}`, `1 ${KEY.slice(1)}g`, `1`, `1 ${KEY} x`])(
  "refuses the line %j and names it without the key",
  (line) => {
    let sentence = "";
    try {
      parseKeys(`2 ${KEY}\n${line}\n`, "keys");
    } catch (error) {
      sentence = String(error);
    }
    expect(sentence).toContain("keys:2: expected a key id of 1 to 4294967295 and a key of 64 hex digits");
    expect(sentence).not.toContain("3344");
  },
);

it("refuses a key id that stands twice", () => {
  expect(() => parseKeys(`1 ${KEY}\n1 ${KEY}\n`, "keys")).toThrow("keys:2: the key id 1 stands above already");
});

it("refuses a file that others may read", () => {
  const directory = mkdtempSync(join(tmpdir(), "musersd-keys-"));
  const path = join(directory, "keys");
  writeFileSync(path, `1 ${KEY}\n`, { mode: 0o640 });
  expect(() => readKeys(path)).toThrow(`v2.keys: ${path} may be read by others; make it mode 0600`);
  rmSync(directory, { recursive: true });
});
