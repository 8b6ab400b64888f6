// SPDX-License-Identifier: MIT
import { createHmac, timingSafeEqual } from "node:crypto";

/** Bytes of the id of a device. */
const ID_BYTES = 16;

/** `ID.TAG.ACCOUNT`: base64url of 16 and of 32 bytes, and the name. */
const DEVICE = /^([\w-]{22})\.([\w-]{43})\.([a-z0-9][a-z0-9._-]{0,31})$/;

/** A browser in which somebody has logged in before. */
export interface Device {
  readonly account: string;
  readonly id: string;
}

/**
 * What a browser keeps after a login, so that it is known at the next one (OWASP: device cookies). It lets nobody in. It is sealed with
 * the hash of the password, which only the server has, and is void with another password; nothing is stored.
 */
export function sealDevice(account: string, passwordHash: string, random: (bytes: number) => Uint8Array): string {
  const id = Buffer.from(random(ID_BYTES)).toString("base64url");
  return `${id}.${tagOf({ account, id }, passwordHash)}.${account}`;
}

/** The device that a text was sealed for; undefined for any other text. `hashOf` gives the hash of an account's password. */
export function openDevice(text: string, hashOf: (account: string) => string | undefined): Device | undefined {
  const [, id, tag, account] = DEVICE.exec(text) ?? [];
  if (id === undefined || tag === undefined || account === undefined) return undefined;
  const hash = hashOf(account);
  // Without an account it takes the same time.
  const expected = tagOf({ account, id }, hash ?? "nobody's");
  const isSealed = timingSafeEqual(Buffer.from(tag), Buffer.from(expected));
  return hash !== undefined && isSealed ? { account, id } : undefined;
}

function tagOf({ account, id }: Device, passwordHash: string): string {
  return createHmac("sha256", passwordHash).update(`device ${account} ${id}`).digest("base64url");
}
