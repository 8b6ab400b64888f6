// SPDX-License-Identifier: MIT
import { readFileSync, statSync } from "node:fs";
import { messageOf } from "../errors.ts";
import type { Filter } from "../filter/filter.ts";
import type { Log } from "../log.ts";
import { applyMauthConf, MAUTH_CONF_BYTES_MAX, parseMauthConf } from "../mauth-conf.ts";
import type { MauthConf } from "../mauth-conf.ts";

/** Brings the filter to the static senders of the file; a bad file changes nothing. Returns the sentence of a bad one. */
export function loadStaticSenders(path: string, filter: Filter, log: Log): string | undefined {
  const conf = path === "" ? { ok: true as const, senders: [] } : read(path);
  if (!conf.ok) return `${path}: ${conf.reason}; nothing of it was applied`;
  const result = applyMauthConf(filter, conf.senders);
  if (path !== "" || result.removed > 0) log.info({ path, ...result }, "static senders applied");
  return undefined;
}

function read(path: string): MauthConf {
  try {
    if (statSync(path).size > MAUTH_CONF_BYTES_MAX)
      return { ok: false, reason: `larger than ${MAUTH_CONF_BYTES_MAX} bytes` };
    return parseMauthConf(readFileSync(path, "utf8"));
  } catch (error) {
    return { ok: false, reason: messageOf(error) };
  }
}
