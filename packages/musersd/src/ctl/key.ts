// SPDX-License-Identifier: MIT
import { nodeRandom } from "@mauth/protocol/node-crypto";
import { KEY_LENGTH_BYTES } from "@mauth/protocol/v2";
import { ConfigError } from "../errors.ts";

const KEY_ID_MAX = 0xffffffff;

/** Makes a new key as a line of a key file, from the operating system's random source. */
export function newKeyLine(idText: string | undefined): string {
  const id = idText ?? "1";
  if (!/^[1-9]\d{0,9}$/.test(id) || Number(id) > KEY_ID_MAX)
    throw new ConfigError(`${JSON.stringify(id)} is not a key id of 1 to ${KEY_ID_MAX}`);
  return `${id} ${Buffer.from(nodeRandom(KEY_LENGTH_BYTES)).toString("hex")}\n`;
}
