// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { Network } from "@mauth/protocol/api";
import { parse, TomlError } from "smol-toml";
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { parseDurationMs } from "./duration.ts";
import { UsageError } from "./errors.ts";
import {
  defaultOrigins,
  isEveryAddress,
  isLoopback,
  isLoopbackOrigin,
  parseEndpoint,
  parseListenAddress,
} from "./listen-address.ts";

/** Bytes that a configuration file may have. */
const CONFIG_LENGTH_BYTES_MAX = 1024 * 1024;
/** Mrouters that one server controls. */
export const MROUTERS_MAX = 500;

function text<Value>(parseText: (text: string) => Value | undefined, allowed: string) {
  return z.pipe(
    z.string(`must be ${allowed}`).check(z.refine((input) => parseText(input) !== undefined, `must be ${allowed}`)),
    z.transform((input) => parseText(input)!),
  );
}

const Duration = text(parseDurationMs, 'a duration such as "90s" or "1h"');
const Name = z
  .string('must be a name such as "edge-1"')
  .check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "must be 1 to 63 letters, digits, dots, hyphens or underscores"));

/** An mrouter as the configuration and the store describe it. */
export const MrouterConfig = z.strictObject({
  name: Name,
  address: z
    .string('must be "host:port"')
    .check(
      z.refine((input) => (parseEndpoint(input)?.port ?? 0) > 0, 'must be "host:port" with a port from 1 to 65535'),
    ),
  protocol: withDefault(z.enum(["v1", "v2"], 'must be "v1" or "v2"'), "v1"),
  networks: z
    .array(Network, "must be a list of prefixes")
    .check(z.minLength(1, "must name at least one prefix"), z.maxLength(256, "may name at most 256 prefixes")),
  key: z.optional(z.string('must be the path of a file with "KEYID HEX"').check(z.minLength(1, "must not be empty"))),
});
export type MrouterConfig = z.infer<typeof MrouterConfig>;

const Sap = z.strictObject({
  interfaces: withDefault(z.array(Name, "must be a list of interface names"), []),
  min_timeout: withDefault(Duration, 3_600_000),
  ignore_deletions: withDefault(z.boolean("must be true or false"), false),
});

const FilePath = z.string("must be the path of a file").check(z.minLength(1, "must not be empty"));

/** Certificate chain and key in PEM; read again at SIGHUP. */
const Tls = z.strictObject({ cert: FilePath, key: FilePath });
export type TlsConfig = z.infer<typeof Tls>;

const AccountsConfig = z.strictObject({
  required: withDefault(z.boolean("must be true or false"), false),
});

const Origin = z
  .string("must be a list of origins")
  .check(z.refine(isOrigin, 'must be an origin such as "http://127.0.0.1:8080", without a path'));

const File = z.strictObject({
  listen: withDefault(text(parseListenAddress, '"host:port" or "unix:/path"'), {
    type: "tcp",
    host: "127.0.0.1",
    port: 8080,
  }),
  insecure_listen: withDefault(z.boolean("must be true or false"), false),
  tls: z.optional(Tls),
  origins: z.optional(z.array(Origin, "must be a list of origins")),
  store: text(parseStore, '"sqlite:/path/of/the.db" or "memory:"'),
  sap: withDefault(Sap, { interfaces: [], min_timeout: 3_600_000, ignore_deletions: false }),
  accounts: withDefault(AccountsConfig, { required: false }),
  mrouter: withDefault(
    z
      .array(MrouterConfig, "must be [[mrouter]] tables")
      .check(z.maxLength(MROUTERS_MAX, `may list at most ${MROUTERS_MAX}`)),
    [],
  ),
});

/** What `serve` runs with. */
export type Config = Omit<z.infer<typeof File>, "origins"> & { readonly origins: readonly string[] };

/** Reads a TOML file; UsageError says in one sentence which key is wrong and what is allowed. */
export function readConfig(file: string): Config {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    const why =
      { ENOENT: "there is no such file", EACCES: "permission denied", EISDIR: "it is a directory" }[code] ?? code;
    throw new UsageError(`cannot read ${file}: ${why}`, { cause: error });
  }
  return parseConfig(content, file);
}

/** Parses the text of a configuration; `file` is for the sentences. */
export function parseConfig(content: string, file: string): Config {
  if (content.length > CONFIG_LENGTH_BYTES_MAX) throw new UsageError(`${file}: it is larger than 1 MiB`);
  const toml = parseToml(content, file);
  const result = File.safeParse(toml);
  if (!result.success) throw new UsageError(`${file}: ${sentenceOf(result.error.issues[0]!, toml)}`);
  const { listen, tls, origins, accounts } = result.data;
  // Behind a reverse proxy everybody comes from this machine.
  const isReachable = !isLoopback(listen) || (origins ?? []).some((origin) => !isLoopbackOrigin(origin));
  const config = {
    ...result.data,
    accounts: { required: accounts.required || isReachable },
    origins: origins ?? defaultOrigins(listen, tls ? "https" : "http"),
  };
  checkTogether(config, file);
  return config;
}

function parseToml(content: string, file: string): unknown {
  try {
    return parse(content);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [summary] = error.message.split("\n");
    throw new UsageError(`${file}: line ${error.line}: ${summary}`, { cause: error });
  }
}

function checkTogether(config: Config, file: string): void {
  if (!isLoopback(config.listen) && !config.tls && !config.insecure_listen)
    throw new UsageError(
      `${file}: listen must be a loopback address such as "127.0.0.1:8080" or "unix:/path" as long as there is no [tls]: passwords would cross the network in the clear, which only insecure_listen = true accepts`,
    );
  if (isEveryAddress(config.listen) && config.origins.length === 0)
    throw new UsageError(
      `${file}: origins is missing: listen is every address of this host, and origins must name those under which browsers open the console`,
    );
  const names = config.mrouter.map((mrouter) => mrouter.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`${file}: mrouter.name must be unique: "${twice}" is there twice`);
}

function sentenceOf(issue: z.core.$ZodIssue, toml: unknown): string {
  const path = issue.path.reduce<string>((text_, part) => {
    if (typeof part === "number") return `${text_}[${part}]`;
    return text_ === "" ? String(part) : `${text_}.${String(part)}`;
  }, "");
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => `"${path === "" ? key : `${path}.${key}`}"`);
    return `unknown ${keys.length === 1 ? "key" : "keys"} ${keys.join(", ")}`;
  }
  if (isMissing(issue.path, toml)) return `${path} is missing: it ${issue.message}`;
  return path === "" ? issue.message : `${path} ${issue.message}`;
}

function isMissing(path: readonly PropertyKey[], toml: unknown): boolean {
  let value = toml;
  for (const part of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[part];
  return value === undefined;
}

/** Where the state lives. */
export type StoreAddress = { readonly type: "sqlite"; readonly path: string } | { readonly type: "memory" };

function parseStore(input: string): StoreAddress | undefined {
  if (input === "memory:") return { type: "memory" };
  const path = /^sqlite:(.+)$/.exec(input)?.[1];
  return path === undefined ? undefined : { type: "sqlite", path };
}

function isOrigin(input: string): boolean {
  return /^https?:\/\/[^/]+$/.test(input) && URL.canParse(input) && new URL(input).origin === input;
}
