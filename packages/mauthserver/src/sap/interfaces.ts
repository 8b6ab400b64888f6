// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { BlockList, isIPv4 } from "node:net";
import { endianness, networkInterfaces } from "node:os";
import { formatIpv4 } from "@mauth/protocol/ipv4";

/** A network interface that is up, as far as joining groups needs to know it. */
export interface LinkState {
  readonly name: string;
  /** First IPv4 address, by which a membership is asked for; undefined without one. */
  readonly ipv4: string | undefined;
  /** The networks of its addresses, IPv6 link-local ones apart, which are everywhere. */
  readonly networks: BlockList;
  readonly hasIpv6: boolean;
  /** Changes when the interface was destroyed and made again under the same name. */
  readonly index: number | undefined;
}

/** Reads the state of one interface, or undefined while it is down, absent or without any address. */
export function readLinkState(name: string): LinkState | undefined {
  const addresses = networkInterfaces()[name];
  if (addresses === undefined) return undefined;
  const networks = new BlockList();
  for (const { cidr, address, family } of addresses)
    if (cidr !== null && !address.startsWith("fe80:"))
      networks.addSubnet(address, Number(cidr.split("/")[1]), family === "IPv4" ? "ipv4" : "ipv6");
  return {
    name,
    ipv4: addresses.find(({ family }) => family === "IPv4")?.address,
    networks,
    hasIpv6: addresses.some(({ family }) => family === "IPv6"),
    index: readInterfaceIndex(name),
  };
}

/** Names of the interfaces that are up. */
export function interfaceNames(): string[] {
  return Object.keys(networkInterfaces());
}

/** From /proc rather than /sys, because the latter may show another network namespace. */
function readInterfaceIndex(name: string): number | undefined {
  const line = readIgmpLines().find((one) => one.split(/[\s:]+/)[1] === name);
  return line === undefined ? undefined : Number.parseInt(line, 10);
}

/** How many sockets of all programs have joined an IPv4 group on an interface, by "INTERFACE GROUP". */
export function readIgmpUsers(): Map<string, number> {
  const users = new Map<string, number>();
  let name = "";
  for (const line of readIgmpLines()) {
    const fields = line.trim().split(/[\s:]+/);
    if (/^\d/.test(line)) name = fields[1] ?? "";
    else users.set(`${name} ${addressOf(fields[0] ?? "")}`, Number(fields[1]));
  }
  return users;
}

/** "N name : …" for an interface, and a line that begins with blanks for each of its groups. */
function readIgmpLines(): string[] {
  try {
    return readFileSync("/proc/self/net/igmp", "utf8").split("\n").slice(1);
  } catch {
    return []; // Not Linux: a re-created interface is then only noticed by its absence in between.
  }
}

/** The kernel prints the address as the number that its bytes make in memory. */
function addressOf(hex: string): string {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, Number.parseInt(hex, 16), endianness() === "LE");
  return formatIpv4(bytes.getUint32(0));
}

/** The interface in whose networks the source is, where the socket does not tell; "" when it is none or not clear. */
export function interfaceOf(source: string, links: readonly LinkState[]): string {
  const [first, ...others] = links;
  if (others.length === 0) return first?.name ?? "";
  const family = isIPv4(source) ? "ipv4" : "ipv6";
  const containing = links.filter(({ networks }) => networks.check(source, family));
  return containing.length === 1 ? (containing[0]?.name ?? "") : "";
}
