// SPDX-License-Identifier: MIT
import { readFileSync, statSync } from "node:fs";
import { messageOf } from "../errors.ts";
import { MAUTH_CONF_BYTES_MAX, parseMauthConf } from "../mauth-conf.ts";
import type { MauthConf } from "../mauth-conf.ts";

/** Reads the static senders; no file ("") means none. The reason of a bad file names file and line. */
export function readMauthConf(path: string): MauthConf {
  if (path === "") return { ok: true, senders: [] };
  const conf = readFile(path);
  return conf.ok ? conf : { ok: false, reason: `${path}: ${conf.reason}; nothing of it is applied` };
}

function readFile(path: string): MauthConf {
  try {
    if (statSync(path).size > MAUTH_CONF_BYTES_MAX)
      return { ok: false, reason: `larger than ${MAUTH_CONF_BYTES_MAX} bytes` };
    return parseMauthConf(readFileSync(path, "utf8"));
  } catch (error) {
    return { ok: false, reason: messageOf(error) };
  }
}
