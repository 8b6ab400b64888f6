// SPDX-License-Identifier: MIT
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StartError } from "../errors.ts";
import { readKeyFile } from "./key-file.ts";

const hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

describe("a key file", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "mauth-key-"));
    file = path.join(folder, "edge-1.key");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("holds a key id and a key", async () => {
    await writeFile(file, `7 ${hex}\n`, { mode: 0o600 });
    expect(readKeyFile(file)).toEqual({ keyId: 7, key: Uint8Array.from({ length: 32 }, (_, index) => index) });
  });

  it("that others may read is refused", async () => {
    await writeFile(file, `7 ${hex}\n`, { mode: 0o600 });
    await chmod(file, 0o640);
    expect(() => readKeyFile(file)).toThrow(`cannot use the key file ${file}: others may read it; use chmod 600`);
  });

  it.each([
    "",
    hex,
    `0 ${hex}`,
    `4294967296 ${hex}`,
    `-1 ${hex}`,
    `7 ${hex}00`,
    `7 ${hex.slice(2)}`,
    `7 ${hex} x`,
    `x ${hex}`,
  ])("that holds %j is refused without showing it", async (content) => {
    await writeFile(file, content, { mode: 0o600 });
    const sentence = `cannot use the key file ${file}: it must hold a key id from 1 to 4294967295 and 64 hex digits`;
    expect(() => readKeyFile(file)).toThrow(new StartError(sentence));
  });
});
