// SPDX-License-Identifier: MIT
import { ConfigError } from "../errors.ts";
import type { Config } from "../config.ts";
import type { Sender } from "../filter/filter.ts";
import { readKeys } from "./keys.ts";
import type { Keys } from "./keys.ts";
import { readMauthConf } from "./static-senders.ts";

/** What the serving part needs from files that its user may not read. */
export interface Material {
  readonly keys: Keys;
  readonly staticSenders: readonly Sender[];
}

/** Material as it crosses from one process to another. */
export interface MaterialMessage {
  readonly keys: readonly (readonly [id: number, hex: string])[];
  readonly staticSenders: readonly Sender[];
}

/**
 * Reads keys and static senders.
 * @throws ConfigError that names file and line; then nothing of either is to be used.
 */
export function readMaterial(config: Config): Material {
  const conf = readMauthConf(config.mauthConf);
  if (!conf.ok) throw new ConfigError(conf.reason);
  return { keys: readKeys(config.v2Keys), staticSenders: conf.senders };
}

export function toMessage({ keys, staticSenders }: Material): MaterialMessage {
  return { keys: Array.from(keys, ([id, key]) => [id, Buffer.from(key).toString("hex")]), staticSenders };
}

export function fromMessage({ keys, staticSenders }: MaterialMessage): Material {
  return { keys: new Map(keys.map(([id, hex]) => [id, Uint8Array.from(Buffer.from(hex, "hex"))])), staticSenders };
}
