// SPDX-License-Identifier: MIT
import type { Address } from "@mauth/protocol/address";
import { formatAddress } from "@mauth/protocol/address";
import type { Config } from "../config.ts";

/** What of a configuration decides what the gate drops. */
export type GatedConfig = Pick<Config, "interfaces" | "monitor" | "stateDir"> & {
  readonly pimNeighbours: readonly Address[];
};

/** Characters that end what nftables can match literally: its strings have no escapes. */
const NOT_LITERAL = /[*?"\\]/;

/** The nftables table of the gate; each musersd on a host has its own. */
export function gateTable({ stateDir }: Pick<Config, "stateDir">): string {
  return `mauth_gate${stateDir.replaceAll(/[^A-Za-z0-9]/g, "_")}`;
}

/**
 * nftables commands that drop, before routing, what the filter would have to judge: multicast from the enforced interfaces
 * except that of link-local scope, and PIM in unicast packets. They replace a gate that is there in one step.
 */
export function gateRules(config: GatedConfig): string {
  const table = `table inet ${gateTable(config)}`;
  const judge = [
    "ip daddr 224.0.0.0/24 return",
    "ip daddr 224.0.0.0/4 counter drop",
    `ip protocol 103 ${except("ip saddr", config.pimNeighbours, "number")}counter drop`,
    "ip6 daddr ff00::/8 @nh,204,4 <= 2 return", // The scope (RFC 4291 §2.7), as in the filter.
    "ip6 daddr ff00::/8 counter drop",
    `meta nfproto ipv6 meta l4proto 103 ${except("ip6 saddr", config.pimNeighbours, "bigint")}counter drop`,
  ];
  const prerouting = [
    "type filter hook prerouting priority raw",
    ...config.monitor.filter(isExact).map((name) => `${match(name)} return`),
    ...config.interfaces.map((name) => `${match(name)} jump judge`),
  ];
  return `add ${table}\ndelete ${table}\n${table} {\n${chain("judge", judge)}${chain("prerouting", prerouting)}}\n`;
}

function chain(name: string, lines: readonly string[]): string {
  return `  chain ${name} {\n${lines.map((line) => `    ${line}\n`).join("")}  }\n`;
}

function except(what: string, addresses: readonly Address[], type: "number" | "bigint"): string {
  const own = addresses.filter((address) => typeof address === type).map((address) => formatAddress(address));
  return own.length === 0 ? "" : `${what} != { ${own.join(", ")} } `;
}

/** nftables knows a wildcard only at the end: other patterns become one that matches more, so that nothing slips by. */
function match(pattern: string): string {
  const end = pattern.search(NOT_LITERAL);
  if (end === -1) return `iifname "${pattern}"`;
  return end === 0 ? 'iifname != "lo"' : `iifname "${pattern.slice(0, end)}*"`;
}

/** Tells whether nftables can match just this: an exception must not match more. */
function isExact(pattern: string): boolean {
  return !NOT_LITERAL.test(pattern.replace(/\*$/, ""));
}
