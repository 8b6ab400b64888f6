#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { useCompileCache } from "./compile-cache.ts";
import { StartError, UsageError } from "./errors.ts";
import { VERSION } from "./version.ts";

const HELP = `mauthserver ${VERSION}: decides who may send multicast, and keeps every mrouter to it

  mauthserver serve --config FILE.toml
  mauthserver inspect [--at SECONDS]... FILE...   read .sdp, .bin (one SAP datagram) or .pcap files
  mauthserver account add NAME --role ROLE [--config FILE]   password from standard input
  mauthserver account list | password NAME | unlock NAME | remove NAME
  mauthserver backup FILE [--config FILE]      a copy of everything, while the server goes on
  mauthserver restore FILE [--config FILE]     everything as in a backup; a running server starts again with it
  mauthserver audit verify [--config FILE]     tells whether the audit log is as it was written
  mauthserver --help | --version`;

const COMMANDS = "use serve, inspect, account, backup, restore, audit, --help or --version";

/** Runs a command and returns the exit code. What a command needs is loaded for that command only. */
async function main([command, ...argv]: string[]): Promise<number> {
  switch (command) {
    case "serve": {
      const { serve } = await import("./commands/serve.ts");
      return serve(argv);
    }
    case "inspect": {
      const { inspect } = await import("./inspect.ts");
      return inspect(argv, print);
    }
    case "account": {
      const { account } = await import("./commands/account.ts");
      return account(argv, print);
    }
    case "backup":
    case "restore":
    case "audit": {
      const { maintain } = await import("./commands/maintain.ts");
      return maintain(command, argv, print);
    }
    case "--help":
    case "-h":
      print(HELP);
      return 0;
    case "--version":
      print(`mauthserver ${VERSION}`);
      return 0;
    case undefined:
      throw new UsageError(`no command: ${COMMANDS}`);
    default:
      throw new UsageError(`unknown command "${command}": ${COMMANDS}`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  useCompileCache();
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof StartError)) throw error;
  process.stderr.write(`mauthserver: ${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
