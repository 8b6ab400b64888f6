#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { parseArgs } from "node:util";
import { runCommand, version } from "./cli.ts";
import { readConfig } from "./config.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./errors.ts";
import { assertLoadable, runGate, startLoader } from "./loader/loader.ts";
import { openLog } from "./log.ts";
import type { Log } from "./log.ts";
import { runServer, runServerForParent } from "./server/part.ts";
import { Supervisor } from "./supervisor.ts";

const HELP = `Usage: musersd --config FILE.toml [--part gate|loader|server]

Drops every multicast packet from the internal interfaces whose sender is not
registered, and takes commands that register senders over UDP.

  --config FILE   configuration in TOML; the least one is: interfaces = ["lan0"]
  --part PART     run one part only, as the systemd units do: the gate needs
                  root and drops, by nftables, what the filter will judge until
                  the loader has attached it, and ends at once; the loader needs
                  root, loads and attaches the filter and talks to nobody; the
                  server talks to the network and needs no privilege at all
  --help          this text
  --version       version of musersd

Signals: HUP re-reads mauth.conf and the keys; TERM and INT stop musersd. The
kernel goes on enforcing when musersd has stopped, whatever the reason.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      config: { type: "string" },
      part: { type: "string" },
      help: { type: "boolean" },
      version: { type: "boolean" },
    },
  });
  if (values.help === true) return print(HELP);
  if (values.version === true) return print(`musersd ${version()}\n`);
  if (values.config === undefined) throw new ConfigError("--config FILE.toml is missing");
  return runPart(values.part, readConfig(values.config), values.config);
}

async function runPart(part: string | undefined, config: Config, configPath: string): Promise<number> {
  const log = openLog();
  switch (part) {
    case undefined:
      return config.filter === "memory" ? runAlone(config, log) : runWhole(config, configPath, log);
    case "gate":
      runGate(config, log);
      return 0;
    case "loader":
      return runLoader(config, log);
    case "server":
      return process.send === undefined ? runAlone(config, log) : runChild(config, log);
    default:
      throw new ConfigError(`--part: ${JSON.stringify(part)} is none of gate, loader and server`);
  }
}

async function runWhole(config: Config, configPath: string, log: Log): Promise<number> {
  const supervisor = new Supervisor(config, configPath, log);
  process.on("SIGHUP", () => supervisor.reload());
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => supervisor.stop());
  return supervisor.run();
}

function runLoader(config: Config, log: Log): number {
  assertLoadable(config);
  const loader = startLoader(config, log, (error) => {
    log.fatal(error.message);
    process.exit(1);
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => loader.stop());
  return 0;
}

async function runAlone(config: Config, log: Log): Promise<number> {
  await runServer(config, log);
  return 0;
}

async function runChild(config: Config, log: Log): Promise<number> {
  await runServerForParent(config, log);
  return 0;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

await runCommand("musersd", main);
