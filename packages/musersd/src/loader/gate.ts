// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { errnoOf, messageOf, StartError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Native } from "../native.ts";
import { makeStateDir } from "../state-dir.ts";
import { gateRules, gateTable } from "./gate-rules.ts";
import type { IsJudged } from "./hook.ts";
import { isEverywhere, matchesAny } from "./patterns.ts";

/**
 * Closes the gate: until a loader has attached the filter everywhere, the kernel drops what the filter would have to
 * judge. Does nothing where the filter judges already, or nothing is to be dropped.
 * @param isJudged Of the configured filter: another one may be left over, and goes when this one comes.
 * @throws StartError when the kernel does not take the rules.
 */
export function closeGate(
  { native, isJudged }: { native: Native; isJudged: IsJudged },
  config: Config,
  log: Log,
): void {
  const reason = reasonToStayOpen(native, isJudged, config);
  if (reason !== undefined) {
    log.info(`gate not closed: ${reason}`);
    return;
  }
  try {
    makeStateDir(config.stateDir);
    nft(gateRules(config));
    writeFileSync(markerOf(config), ""); // Second: a loader that sees it must find the gate.
  } catch (error) {
    throw new StartError(`the gate cannot be closed: ${messageOf(error)}`, { cause: error });
  }
  log.info({ table: gateTable(config), interfaces: config.interfaces }, "gate closed until the filter is attached");
}

/** Opens the gate once the filter is attached everywhere; until then, and if that fails, it stays closed. */
export class Gate {
  readonly #config: Config;
  readonly #log: Log;
  /** What an earlier process closed may be there without its marker. */
  #isUnknown = true;

  constructor(config: Config, log: Log) {
    this.#config = config;
    this.#log = log;
  }

  /** @param isAttachedEverywhere Whether the filter judges on every configured interface. */
  check(isAttachedEverywhere: boolean): void {
    if (!isAttachedEverywhere || !(this.#isUnknown || existsSync(markerOf(this.#config)))) return;
    try {
      if (this.#isClosed()) {
        nft(`delete table inet ${gateTable(this.#config)}\n`);
        this.#log.info("gate opened: the filter is attached everywhere");
      }
      rmSync(markerOf(this.#config), { force: true });
      this.#isUnknown = false;
    } catch (error) {
      this.#log.error({ error }, "gate not opened: nothing that it drops passes, permitted or not");
    }
  }

  #isClosed(): boolean {
    try {
      execFileSync("nft", ["list", "table", "inet", gateTable(this.#config)], { stdio: ["ignore", "ignore", "pipe"] });
      return true;
    } catch (error) {
      // Without nft nobody can have closed it.
      if (errnoOf(error) === "ENOENT" || messageOf(error).includes("No such file or directory")) return false;
      throw error;
    }
  }
}

function reasonToStayOpen(native: Native, isJudged: IsJudged, config: Config): string | undefined {
  if (config.filter === "memory") return 'the filter "memory" enforces nothing';
  if (config.mode === "monitor") return "nothing is dropped in monitor mode";
  const present = Object.entries(native.interfaces()).filter(([name]) => matchesAny(config.interfaces, name));
  const names = present.map(([name]) => name);
  const isEverywhereJudged = isEverywhere(config.interfaces, names) && present.every((one) => isJudged(...one));
  return isEverywhereJudged ? "the filter is attached" : undefined;
}

function markerOf(config: Config): string {
  return join(config.stateDir, "gate");
}

function nft(commands: string): void {
  execFileSync("nft", ["-f", "-"], { input: commands, stdio: ["pipe", "ignore", "pipe"] });
}
