#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { parseArgs } from "node:util";
import { runCommand, version } from "./cli.ts";
import { readConfig } from "./config.ts";
import { startDaemon } from "./daemon.ts";
import { ConfigError } from "./errors.ts";
import { openLog } from "./log.ts";

const HELP = `Usage: musersd --config FILE.toml

Drops every multicast packet from the internal interfaces whose sender is not
registered, and takes commands that register senders over UDP.

  --config FILE   configuration in TOML; the least one is: interfaces = ["lan0"]
  --help          this text
  --version       version of musersd

Signals: HUP re-reads mauth.conf; TERM and INT stop the daemon. The kernel goes
on enforcing when the daemon has stopped, whatever the reason.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { config: { type: "string" }, help: { type: "boolean" }, version: { type: "boolean" } },
  });
  if (values.help === true) return print(HELP);
  if (values.version === true) return print(`musersd ${version()}\n`);
  if (values.config === undefined) throw new ConfigError("--config FILE.toml is missing");
  const config = readConfig(values.config);
  const log = openLog();
  const daemon = startDaemon(config, log);
  process.on("SIGHUP", () => daemon.reload());
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => daemon.stop());
  return 0;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

await runCommand("musersd", main);
