// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { isMulticastAddress, isSourceAddress, parseAddress, parseAddressPrefix } from "@mauth/protocol/address";
import type { Address, AddressPrefix } from "@mauth/protocol/address";
import { parse, TomlError } from "smol-toml";
import * as z from "zod/mini";
import { parseEndpoint } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { ConfigError, errnoOf, messageOf } from "./errors.ts";
import type { FilterKind } from "./filter/filter.ts";

/** musersd.toml, checked. */
export interface Config {
  readonly listen: Endpoint;
  /** Names and patterns of the internal interfaces. */
  readonly interfaces: readonly string[];
  readonly filter: FilterKind;
  /** "monitor": nothing is dropped on any interface. */
  readonly mode: "enforce" | "monitor";
  /** Names and patterns of the internal interfaces on which nothing is dropped, only counted. */
  readonly monitor: readonly string[];
  readonly observed: readonly Address[];
  readonly sendersMax: number;
  readonly stateDir: string;
  /** Whom the serving part becomes, "" for musersd or nobody. */
  readonly user: string;
  readonly pimNeighbours: readonly Address[];
  /** File of static senders, "" for none. */
  readonly mauthConf: string;
  /** What becomes of the static senders when musersd is stopped by a signal. */
  readonly mauthConfAtStop: "keep" | "remove";
  /** Who may speak the unauthenticated protocol. */
  readonly v1Allow: readonly AddressPrefix[];
  /** File of v2 keys, "" for none. */
  readonly v2Keys: string;
}

/** Twice the largest installation that the project promises (DESIGN, figures). */
const SENDERS_LIMIT = 4_194_304;
/** fe80::/10 (RFC 4291 §2.5.6). */
const LINK_LOCAL_UNICAST = 0x3fan;
/** IFNAMSIZ - 1. */
const INTERFACE_NAME_MAX_CHARACTERS = 15;

const LOOPBACK = ["127.0.0.1/32", "::1/128"];
const LIST_OF_INTERFACES = 'must be a list of the internal interfaces, such as ["lan0"]';

const text = z.string("must be a string");
const endpoint = text.check(
  z.refine(
    (value) => parseEndpoint(value) !== undefined,
    'must be an address and a port, such as "127.0.0.1:9874" or "[2001:db8::1]:9874"',
  ),
);
const interfaceName = text.check(
  z.refine(
    (value) => value.length > 0 && value.length <= INTERFACE_NAME_MAX_CHARACTERS && !/[\s/]/.test(value),
    "must be an interface name or a pattern such as vlan*",
  ),
);
const group = text.check(
  z.refine((value) => isAddress(value, isMulticastAddress), "must be a multicast address such as 239.255.255.255"),
);
const host = text.check(z.refine((value) => isAddress(value, isNeighbour), "must be a unicast address"));
const prefix = text.check(
  z.refine(
    (value) => parseAddressPrefix(value) !== undefined,
    "must be a prefix such as 192.0.2.0/24 or 2001:db8::/64",
  ),
);

const File = z.strictObject({
  listen: z._default(endpoint, "127.0.0.1:9874"),
  interfaces: z.array(interfaceName, LIST_OF_INTERFACES).check(z.minLength(1, "must name at least one interface")),
  filter: z._default(z.enum(["bpf", "module", "memory"], 'must be "bpf", "module" or "memory"'), "bpf"),
  mode: z._default(z.enum(["enforce", "monitor"], 'must be "enforce" or "monitor"'), "enforce"),
  monitor: z._default(z.array(interfaceName, 'must be a list of internal interfaces, such as ["lan1"]'), []),
  observed: z._default(z.array(group).check(z.maxLength(256, "may name at most 256 groups")), [
    "224.2.127.254",
    "239.255.255.255",
    "239.195.255.255",
    "ff05::2:7ffe",
    "ff08::2:7ffe",
    "ff0e::2:7ffe",
  ]),
  senders_max: z._default(
    z.int("must be a whole number").check(z.minimum(1), z.maximum(SENDERS_LIMIT, `may be at most ${SENDERS_LIMIT}`)),
    262_144,
  ),
  state_dir: z._default(text.check(z.startsWith("/", "must be an absolute path")), "/run/musersd"),
  user: z._default(text, ""),
  pim_neighbours: z._default(z.array(host).check(z.maxLength(256, "may name at most 256 hosts")), []),
  mauth_conf: z._default(text, ""),
  mauth_conf_at_stop: z._default(z.enum(["keep", "remove"], 'must be "keep" or "remove"'), "keep"),
  v1: z._default(z.strictObject({ allow: z._default(z.array(prefix), LOOPBACK) }), { allow: LOOPBACK }),
  v2: z._default(z.strictObject({ keys: z._default(text, "") }), { keys: "" }),
});

/**
 * Reads and checks the configuration.
 * @throws ConfigError with one sentence that names the file, the key and what is allowed.
 */
export function readConfig(path: string): Config {
  return parseConfig(readText(path), path);
}

/** Checks the text of a configuration; `path` only names it in errors. */
export function parseConfig(toml: string, path: string): Config {
  const result = File.safeParse(parseToml(toml, path));
  if (!result.success) throw new ConfigError(`${path}: ${sentenceOf(result.error.issues[0])}`);
  const file = result.data;
  return {
    listen: asserted(parseEndpoint(file.listen)),
    interfaces: file.interfaces,
    filter: file.filter,
    mode: file.mode,
    monitor: file.monitor,
    observed: file.observed.map((value) => asserted(parseAddress(value))),
    sendersMax: file.senders_max,
    stateDir: file.state_dir,
    user: file.user,
    pimNeighbours: file.pim_neighbours.map((value) => asserted(parseAddress(value))),
    mauthConf: file.mauth_conf,
    mauthConfAtStop: file.mauth_conf_at_stop,
    v1Allow: file.v1.allow.map((value) => asserted(parseAddressPrefix(value))),
    v2Keys: file.v2.keys,
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reasons: Record<string, string> = {
      ENOENT: "there is no such file",
      EACCES: "it may not be read",
      EISDIR: "it is a directory",
    };
    throw new ConfigError(`cannot read the configuration ${path}: ${reasons[errnoOf(error)] ?? messageOf(error)}`);
  }
}

function parseToml(toml: string, path: string): unknown {
  try {
    return parse(toml);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason] = error.message.replace("Invalid TOML document: ", "").split("\n");
    throw new ConfigError(`${path}:${error.line}: not TOML: ${reason ?? "syntax error"}`);
  }
}

function sentenceOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "not a configuration";
  const key = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const unknown = issue.keys.map((name) => (key === "" ? name : `${key}.${name}`));
    return `unknown key ${unknown.join(", ")}; the documentation of musersd lists all keys`;
  }
  return `${key}: ${issue.message}`;
}

function isAddress(value: string, accept: (address: Address) => boolean): boolean {
  const address = parseAddress(value);
  return address !== undefined && accept(address);
}

/** An mrouter sends to its neighbours from a link-local address too. */
function isNeighbour(address: Address): boolean {
  return isSourceAddress(address) || (typeof address === "bigint" && address >> 118n === LINK_LOCAL_UNICAST);
}

function asserted<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("the schema let a malformed value pass");
  return value;
}
