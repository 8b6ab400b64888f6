// SPDX-License-Identifier: MIT
import { readFileSync, statSync } from "node:fs";
import { KEY_LENGTH_BYTES } from "@mauth/protocol/v2";
import { ConfigError, messageOf } from "../errors.ts";

/** Keys that may be live at a time; two are enough for a rotation. */
const KEYS_MAX = 16;
const OTHERS_MASK = 0o077;

/** Pre-shared keys by key id. */
export type Keys = ReadonlyMap<number, Uint8Array>;

/**
 * Reads the keys: a line is "KEY-ID KEY", the id 1 to 4294967295, the key 64 hex digits; `#` starts a comment.
 * @throws ConfigError that names the line, never the key.
 */
export function readKeys(path: string): Keys {
  if (path === "") return new Map();
  let text: string;
  try {
    if ((statSync(path).mode & OTHERS_MASK) !== 0)
      throw new ConfigError(`v2.keys: ${path} may be read by others; make it mode 0600`);
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`v2.keys: ${messageOf(error)}`, { cause: error });
  }
  return parseKeys(text, path);
}

/** Parses the text of a key file; `path` only names it in errors. */
export function parseKeys(text: string, path: string): Keys {
  const keys = new Map<number, Uint8Array>();
  for (const [index, line] of text.split("\n").entries()) {
    const fields = (line.split("#")[0] ?? "").trim().split(/\s+/);
    if (fields[0] === "") continue;
    const where = `v2.keys: ${path}:${index + 1}`;
    const [id = "", key = "", ...rest] = fields;
    if (!/^[1-9]\d{0,9}$/.test(id) || Number(id) > 0xffffffff || rest.length > 0 || !isKey(key))
      throw new ConfigError(`${where}: expected a key id of 1 to 4294967295 and a key of 64 hex digits`);
    if (keys.has(Number(id))) throw new ConfigError(`${where}: the key id ${id} stands above already`);
    keys.set(Number(id), Uint8Array.from(Buffer.from(key, "hex")));
  }
  if (keys.size > KEYS_MAX) throw new ConfigError(`v2.keys: ${path} has more than ${KEYS_MAX} keys`);
  return keys;
}

function isKey(text: string): boolean {
  return text.length === 2 * KEY_LENGTH_BYTES && /^[0-9a-f]+$/i.test(text);
}
