// SPDX-License-Identifier: MIT
import { readFileSync, statSync } from "node:fs";
import { KEY_LENGTH_BYTES, NULL_KEY, NULL_KEY_ID } from "@mauth/protocol/v2";
import { StartError } from "../errors.ts";

/** A pre-shared key of the v2 protocol. */
export interface SharedKey {
  readonly keyId: number;
  readonly key: Uint8Array;
}

/** The key that guards against accidents only. */
export const nullKey: SharedKey = { keyId: NULL_KEY_ID, key: NULL_KEY };

const KEY_ID_MAX = 2 ** 32 - 1;

/** Reads "KEYID HEX" from a file that only its owner may read; StartError says in one sentence what is wrong. */
export function readKeyFile(path: string): SharedKey {
  const key = parseKey(readOwnFile(path));
  if (key === undefined) throw new StartError(`cannot use the key file ${path}: it must hold ${KEY_SHAPE}`);
  return key;
}

/** What a key looks like as text. */
export const KEY_SHAPE = `a key id from 1 to ${KEY_ID_MAX} and ${KEY_LENGTH_BYTES * 2} hex digits`;

/** Parses "KEYID HEX"; undefined for anything else. */
export function parseKey(text: string): SharedKey | undefined {
  const [id = "", hex = "", ...rest] = text.trim().split(/\s+/);
  const keyId = /^\d{1,10}$/.test(id) ? Number(id) : 0;
  const isHex = new RegExp(`^[0-9a-fA-F]{${KEY_LENGTH_BYTES * 2}}$`).test(hex);
  if (keyId < 1 || keyId > KEY_ID_MAX || !isHex || rest.length > 0) return undefined;
  return { keyId, key: Uint8Array.from(Buffer.from(hex, "hex")) };
}

function readOwnFile(path: string): string {
  try {
    if ((statSync(path).mode & 0o077) !== 0)
      throw new StartError(`cannot use the key file ${path}: others may read it; use chmod 600`);
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof StartError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : message;
    throw new StartError(`cannot use the key file ${path}: ${why}`, { cause: error });
  }
}
