// SPDX-License-Identifier: MIT
import { GROUP } from "./lab.ts";

const TABLE = "table ip bench";
const CHAIN = "chain in { type filter hook prerouting priority raw;";

/** The n-th registered sender: 65,536 sources to each group, as in program.bpf.c. */
function sender(n: number): { source: string; group: string } {
  const [third, fourth] = [(n >> 8) & 0xff, n & 0xff];
  return { source: `198.18.${third}.${fourth}`, group: `233.252.0.${n >> 16}` };
}

function senders(count: number): { source: string; group: string }[] {
  return Array.from({ length: count }, (_, n) => sender(n));
}

/** nftables with a verdict map: one chain for each maximum TTL. */
export function verdictMap(count: number): string {
  const elements = senders(count).map(({ source, group }) => `${source} . ${group} : goto ttl16`);
  return `${TABLE} {
    map senders { type ipv4_addr . ipv4_addr : verdict; elements = { ${elements.join(",\n")} } }
    chain ttl16 { ip ttl > 16 drop; accept; }
    ${CHAIN} ip daddr 224.0.0.0/4 ip saddr . ip daddr vmap @senders
      ip daddr 224.0.0.0/4 drop; }
  }\n`;
}

/** nftables with a set: one maximum TTL for all. */
export function set(count: number): string {
  const elements = senders(count).map(({ source, group }) => `${source} . ${group}`);
  return `${TABLE} {
    set senders { type ipv4_addr . ipv4_addr; elements = { ${elements.join(",\n")} } }
    ${CHAIN} ip ttl <= 16 ip saddr . ip daddr @senders accept
      ip daddr 224.0.0.0/4 drop; }
  }\n`;
}

/** One rule for each sender, walked one after the other, as the linked list of the 1999 paper is; the one that sends is in the middle. */
function inLine(count: number, source: string): { source: string; group: string }[] {
  const all = senders(count).map((one, n) => (n === count >> 1 ? { source, group: GROUP } : one));
  return all.filter((one, n) => n === count >> 1 || one.source !== source);
}

/** nftables with a rule for each sender. */
export function linear(count: number, source: string): string {
  const rules = inLine(count, source).map((one) => `ip saddr ${one.source} ip daddr ${one.group} ip ttl <= 16 accept`);
  return `${TABLE} {
    ${CHAIN}
      ${rules.join("\n")}
      ip daddr 224.0.0.0/4 drop; }
  }\n`;
}

/** iptables with a rule for each sender. */
export function iptables(count: number, source: string): string[] {
  const rules = inLine(count, source).map(
    (one) => `-A PREROUTING -s ${one.source} -d ${one.group} -m ttl --ttl-lt 17 -j ACCEPT`,
  );
  return [...rules, "-A PREROUTING -d 224.0.0.0/4 -j DROP"];
}
