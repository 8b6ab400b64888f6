// SPDX-License-Identifier: MIT
import { readFileSync, statSync } from "node:fs";
import { messageOf } from "../errors.ts";
import type { Filter } from "../filter/filter.ts";
import type { Log } from "../log.ts";
import { applyMauthConf, MAUTH_CONF_BYTES_MAX, parseMauthConf } from "../mauth-conf.ts";
import type { MauthConf } from "../mauth-conf.ts";

/** Reads the static senders; no file ("") means none. The reason of a bad file names file and line. */
export function readMauthConf(path: string): MauthConf {
  if (path === "") return { ok: true, senders: [] };
  const conf = readFile(path);
  return conf.ok ? conf : { ok: false, reason: `${path}: ${conf.reason}; nothing of it is applied` };
}

/** Brings the filter to the static senders of the file; a bad file changes nothing. */
export function reloadMauthConf(path: string, filter: Filter, log: Log): void {
  const conf = readMauthConf(path);
  if (!conf.ok) {
    log.error(conf.reason);
    return;
  }
  const result = applyMauthConf(filter, conf.senders);
  if (path !== "" || result.removed > 0) log.info({ path, ...result }, "static senders applied");
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
