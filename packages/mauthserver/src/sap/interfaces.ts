// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { parseIpv4, prefixContains } from "@mauth/protocol/ipv4";

/** A network interface that is up, as far as joining groups needs to know it. */
export interface LinkState {
  readonly name: string;
  /** First IPv4 address, by which a membership is asked for; undefined without one. */
  readonly ipv4: string | undefined;
  readonly networks: readonly string[];
  readonly hasIpv6: boolean;
  /** Changes when the interface was destroyed and made again under the same name. */
  readonly index: number | undefined;
}

/** Reads the state of one interface, or undefined while it is down, absent or without any address. */
export function readLinkState(name: string): LinkState | undefined {
  const addresses = networkInterfaces()[name];
  if (addresses === undefined) return undefined;
  const ipv4 = addresses.filter((address) => address.family === "IPv4");
  return {
    name,
    ipv4: ipv4[0]?.address,
    networks: ipv4.flatMap((address) => address.cidr ?? []),
    hasIpv6: addresses.some((address) => address.family === "IPv6"),
    index: readInterfaceIndex(name),
  };
}

/** From /proc rather than /sys, because the latter may show another network namespace. */
function readInterfaceIndex(name: string): number | undefined {
  try {
    const lines = readFileSync("/proc/self/net/igmp", "utf8").split("\n");
    const line = lines.find((one) => one.split(/[\s:]+/)[1] === name);
    return line === undefined ? undefined : Number.parseInt(line, 10);
  } catch {
    return undefined; // Not Linux: a re-created interface is then only noticed by its absence in between.
  }
}

/** The interface whose network holds the source: a socket joined on several does not say where a datagram came in. */
export function interfaceOf(source: string, links: readonly LinkState[]): string {
  const address = parseIpv4(source);
  const [first, ...others] = links;
  if (others.length === 0) return first?.name ?? "";
  if (address === undefined) return "";
  const containing = links.filter((link) => link.networks.some((cidr) => contains(cidr, address)));
  return containing.length === 1 ? (containing[0]?.name ?? "") : "";
}

function contains(cidr: string, address: number): boolean {
  const [host, bits] = cidr.split("/");
  const hostAddress = parseIpv4(host ?? "");
  if (hostAddress === undefined) return false;
  const length = Number(bits);
  return prefixContains({ network: hostAddress, length }, address);
}
