// SPDX-License-Identifier: MIT
import { randomBytes } from "node:crypto";
import { Account, AccountInput, Role } from "@mauth/protocol/api";
import type { AccountPatch } from "@mauth/protocol/api";
import { createAccess } from "../accounts/access.ts";
import type { Accounts } from "../accounts/accounts.ts";
import { systemClock } from "../clock.ts";
import { readConfig } from "../config.ts";
import type { Config } from "../config.ts";
import { StartError, UsageError } from "../errors.ts";
import { controlPath } from "../http/control.ts";
import { invalid } from "../http/problem.ts";
import type { Result } from "../http/problem.ts";
import { SqliteStore } from "../store/sqlite.ts";
import { ControlClient } from "./control-client.ts";
import { parseOptions } from "./options.ts";
import { readPassword } from "./read-password.ts";

/** Where the configuration is unless --config says otherwise. */
export const CONFIG_FILE = "/etc/mauthserver.toml";

const HELP = `mauthserver account: who may log in

  mauthserver account add NAME --role ROLE [--source PREFIX]... [--group PREFIX]...
  mauthserver account list
  mauthserver account password NAME
  mauthserver account unlock NAME
  mauthserver account remove NAME

  --role ROLE       viewer, approver, operator or admin
  --source PREFIX   sources that it may permit, such as 192.0.2.0/24; several times for several
  --group PREFIX    groups that it may permit, such as 239.1.0.0/16
  --config FILE     the configuration of the server (default ${CONFIG_FILE})

add and password read the password from standard input, one line. The server may be running or not.`;

const OPTIONS = {
  role: { type: "string" },
  source: { type: "string", multiple: true },
  group: { type: "string", multiple: true },
  config: { type: "string" },
  help: { type: "boolean" },
} as const;

const BY = { name: "command line", from: null };

/** What a command needs of accounts, in a running server or in the database. */
interface Door {
  add(input: AccountInput): Promise<Account>;
  edit(name: string, patch: AccountPatch): Promise<void>;
  remove(name: string): Promise<void>;
  list(): Promise<Account[]>;
  close(): Promise<void>;
}

/** `mauthserver account`. */
export async function account(argv: readonly string[], print: (line: string) => void): Promise<number> {
  const { values, positionals } = parseOptions("account", argv, OPTIONS);
  if (values.help === true) {
    print(HELP);
    return 0;
  }
  const [command, name, ...rest] = positionals;
  if (command === undefined) throw new UsageError("account needs add, list, password, unlock or remove");
  if (!["add", "list", "password", "unlock", "remove"].includes(command))
    throw new UsageError(`account: unknown command "${command}": use add, list, password, unlock or remove`);
  if (rest.length > 0 || (name === undefined) !== (command === "list"))
    throw new UsageError(`account ${command} takes ${command === "list" ? "no name" : "one name"}`);
  const role = command === "add" ? roleOf(values.role) : undefined;
  const config = readConfig(values.config ?? CONFIG_FILE);
  if (config.store.type === "memory") throw new UsageError('accounts cannot be kept in the store "memory:"');
  const password = command === "add" || command === "password" ? await readPassword() : undefined;
  const scope = scopeOf(values);
  const door = await openDoor(config);
  try {
    await run(door, { command, name: name ?? "", role, password, scope, print });
  } finally {
    await door.close();
  }
  return 0;
}

interface Wanted {
  readonly command: string;
  readonly name: string;
  readonly role: Role | undefined;
  readonly password: string | undefined;
  readonly scope: AccountInput["scope"];
  readonly print: (line: string) => void;
}

async function run(door: Door, { command, name, role, password, scope, print }: Wanted): Promise<void> {
  switch (command) {
    case "add": {
      const input = AccountInput.safeParse({ name, role, password, ...(scope && { scope }) });
      if (!input.success) throw new UsageError(sentenceOf(invalid(input.error)));
      const made = await door.add(input.data);
      print(`${made.id} may log in as ${made.role}`);
      return;
    }
    case "password":
      await door.edit(name, { password: password ?? "" });
      return print(`${name} has another password, and is logged out everywhere`);
    case "unlock":
      await door.edit(name, { unlock: true });
      return print(`${name} may try again`);
    case "remove":
      await door.remove(name);
      return print(`${name} may not log in any more`);
    default:
      for (const { id, role: has, lastLoginAt, lockedUntil, scope: within } of await door.list()) {
        const last = lastLoginAt === null ? "never" : new Date(lastLoginAt).toISOString();
        const places = [...(within?.sources ?? []), ...(within?.groups ?? [])].join(" ");
        print([id, has, `last login ${last}`, lockedUntil === null ? "" : "locked", places].filter(Boolean).join("\t"));
      }
  }
}

async function openDoor(config: Config): Promise<Door> {
  const socket = controlPath(config);
  const client = socket === undefined ? undefined : new ControlClient(socket);
  if (client && (await client.isServed())) return doorOfServer(client);
  return doorOfDatabase(config);
}

function doorOfServer(client: ControlClient): Door {
  return {
    add: async (input) => Account.parse(await client.ask("POST", "/accounts", input)),
    edit: async (name, patch) => void (await client.ask("PATCH", `/accounts/${encodeURIComponent(name)}`, patch)),
    remove: async (name) => void (await client.ask("DELETE", `/accounts/${encodeURIComponent(name)}`)),
    list: async () => ((await client.ask("GET", "/accounts")) as { items: Account[] }).items,
    close: async () => undefined,
  };
}

async function doorOfDatabase({ store: address }: Config): Promise<Door> {
  const store = SqliteStore.open(address.type === "sqlite" ? address.path : ":memory:");
  const fence = await store.lease("command line", `pid ${process.pid} ${randomBytes(4).toString("hex")}`);
  const { rows } = await store.snapshot(["account", "token", "login"]);
  const access = createAccess(rows, { store, clock: systemClock, fence, isLoginRequired: false });
  const { accounts, logins }: { accounts: Accounts; logins: { endAllOf(name: string, by: typeof BY): Promise<void> } } =
    access;
  return {
    add: async (input) => valueOf(await accounts.add(input, BY)),
    async edit(name, patch) {
      valueOf(await accounts.edit(name, patch, BY));
      if (patch.password !== undefined) await logins.endAllOf(name.toLowerCase(), BY);
    },
    async remove(name) {
      valueOf(await accounts.remove(name, BY));
      await logins.endAllOf(name.toLowerCase(), BY);
    },
    list: async () => accounts.list(),
    close: async () => store.close(),
  };
}

function valueOf<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value;
  throw new StartError(sentenceOf(result));
}

function sentenceOf({ problem }: Result<never> & { ok: false }): string {
  const { title, errors = [] } = problem;
  return [title, ...errors.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`)].join(": ");
}

function roleOf(text: string | undefined): Role {
  const role = Role.options.find((one) => one === text);
  if (role === undefined) throw new UsageError(`account add needs --role ${Role.options.join(", ")}`);
  return role;
}

function scopeOf({ source, group }: { source?: string[]; group?: string[] }): AccountInput["scope"] {
  if (source === undefined && group === undefined) return undefined;
  return { ...(source && { sources: source }), ...(group && { groups: group }) };
}
