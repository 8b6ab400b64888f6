#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { parseArgs } from "node:util";
import type { Address } from "@mauth/protocol/address";
import { DEFAULT_PORT } from "@mauth/protocol/v1";
import { isInterfaceName } from "@mauth/protocol/v2";
import type { Mode } from "@mauth/protocol/v2";
import { runCommand, version } from "./cli.ts";
import { changeMode, changeSender, printDenied, printExplanation, printSenders, printStatus } from "./ctl/commands.ts";
import type { Target } from "./ctl/commands.ts";
import { readAddress, readChange } from "./ctl/sender-change.ts";
import type { LimitOptions } from "./ctl/sender-change.ts";
import { BASH_COMPLETION } from "./ctl/completion.ts";
import { newKeyLine } from "./ctl/key.ts";
import type { Credential } from "./ctl/connection.ts";
import { formatEndpoint, parseEndpoint } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { ConfigError } from "./errors.ts";
import { readKeys } from "./server/keys.ts";

const HELP = `Usage: musersctl [--server ADDRESS:PORT] [--keys FILE] [--json] COMMAND

  add SOURCE GROUP TTL   let SOURCE send to GROUP with a TTL of at most TTL;
                         SOURCE may be "any", GROUP a prefix: 233.252.0.0/24;
                         both IPv4 or both IPv6
  remove SOURCE GROUP    let it send no more
  mode INTERFACE MODE    MODE is enforce, or monitor: drop nothing, only count
  list                   registered senders and their counters
  denied                 who was refused, and why
  explain SOURCE GROUP   why its packets pass, or do not
  status                 what the filter is and does
  key new [KEY-ID]       print a new line for a file of v2 keys
  completion bash        print completion for bash; source it

  --server ADDRESS:PORT  the musersd to speak to (default 127.0.0.1:${DEFAULT_PORT});
                         IPv6 with a port in brackets: [2001:db8::1]:${DEFAULT_PORT}
  --keys FILE            speak v2 with the first key of this file (mode 0600);
                         without it, your address must be on musersd's [v1] allow
  --json                 print JSON

  With add, all of them optional:
  --rate BYTES           at most so many a second: 1250k or, in bits, 10Mbit
  --burst BYTES          and so many at once (default: what 0.1 s gives)
  --expires TIME         for so long from now: 90s, 30m, 8h, 7d
  --interface NAME       only from this interface of the mrouter
  --mac ADDRESS          only from this link-layer address
  --help, --version

Exits with 0 when it is done (for add and remove: when the kernel has it), with 1
when musersd refused or did not answer, with 2 when the command is wrong.
`;

const COMMANDS = "add, remove, mode, list, denied, explain, status, key, completion";

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      server: { type: "string", default: `127.0.0.1:${DEFAULT_PORT}` },
      keys: { type: "string" },
      json: { type: "boolean", default: false },
      rate: { type: "string" },
      burst: { type: "string" },
      expires: { type: "string" },
      interface: { type: "string" },
      mac: { type: "string" },
      help: { type: "boolean" },
      version: { type: "boolean" },
    },
  });
  if (values.help === true || values.version === true) {
    print(values.help === true ? HELP : `musersctl ${version()}\n`);
    return 0;
  }
  const credential = values.keys === undefined ? undefined : readCredential(values.keys);
  const { rate, burst, expires, interface: name, mac } = values;
  const target = { server: readServer(values.server), credential, isJson: values.json, print };
  await run(target, positionals, { rate, burst, expires, interface: name, mac });
  return 0;
}

function print(text: string): void {
  process.stdout.write(text);
}

async function run(target: Target, [command, ...operands]: string[], limits: LimitOptions): Promise<void> {
  const limit = Object.entries(limits).find(([, value]) => value !== undefined);
  if (command !== "add" && limit !== undefined) throw new ConfigError(`--${limit[0]} belongs to add`);
  switch (command) {
    case "add":
    case "remove":
      return changeSender(target, readChange(command, operands, limits));
    case "mode":
      return changeMode(target, ...readMode(operands));
    case "list":
      return printSenders(none(target, operands));
    case "denied":
      return printDenied(none(target, operands));
    case "explain":
      return printExplanation(target, ...readPair(operands));
    case "status":
      return printStatus(none(target, operands));
    case "key":
      return target.print(readKeyCommand(operands));
    case "completion":
      if (operands.join(" ") !== "bash") throw new ConfigError("usage: completion bash");
      return target.print(BASH_COMPLETION);
    case undefined:
      throw new ConfigError(`a command is missing: ${COMMANDS}`);
    default:
      throw new ConfigError(`unknown command ${command}; there are ${COMMANDS}`);
  }
}

function readPair([source, group, ...rest]: readonly string[]): [source: Address, group: Address] {
  if (source === undefined || group === undefined || rest.length > 0)
    throw new ConfigError("usage: explain SOURCE GROUP");
  return [readAddress(source), readAddress(group)];
}

function readMode([name, mode, ...rest]: readonly string[]): [name: string, mode: Mode] {
  if (name === undefined || mode === undefined || rest.length > 0)
    throw new ConfigError("usage: mode INTERFACE enforce|monitor");
  if (!isInterfaceName(name)) throw new ConfigError(`${JSON.stringify(name)} is not an interface name`);
  if (mode !== "enforce" && mode !== "monitor")
    throw new ConfigError(`${JSON.stringify(mode)} is no mode; there are enforce and monitor`);
  return [name, mode];
}

function readKeyCommand([verb, id, ...rest]: readonly string[]): string {
  if (verb !== "new" || rest.length > 0) throw new ConfigError("usage: key new [KEY-ID]");
  return newKeyLine(id);
}

function readServer(text: string): Endpoint {
  const server = parseEndpoint(text) ?? parseEndpoint(formatEndpoint({ address: text, port: DEFAULT_PORT }));
  if (server === undefined)
    throw new ConfigError(
      `--server: ${JSON.stringify(text)} is no address; write 192.0.2.1, 192.0.2.1:${DEFAULT_PORT} or [2001:db8::1]:${DEFAULT_PORT}`,
    );
  return server;
}

function readCredential(path: string): Credential {
  const [first] = readKeys(path);
  if (first === undefined) throw new ConfigError(`--keys: ${path} has no key`);
  return { id: first[0], key: first[1] };
}

function none(target: Target, operands: readonly string[]): Target {
  if (operands.length > 0) throw new ConfigError(`unexpected ${JSON.stringify(operands[0])}`);
  return target;
}

await runCommand("musersctl", main);
