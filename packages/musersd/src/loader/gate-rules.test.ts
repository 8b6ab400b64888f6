// SPDX-License-Identifier: MIT
import { parseAddress } from "@mauth/protocol/address";
import { expect, it } from "vitest";
import { gateRules, gateTable } from "./gate-rules.ts";

function rules(interfaces: string[], monitor: string[] = [], neighbours: string[] = []): string[] {
  const pimNeighbours = neighbours.map((text) => parseAddress(text) ?? 0);
  const text = gateRules({ interfaces, monitor, pimNeighbours, stateDir: "/run/musersd" });
  return text.split("\n").map((line) => line.trim());
}

it("the gate of each state directory is a table of its own", () => {
  expect(gateTable({ stateDir: "/run/musersd" })).toBe("mauth_gate_run_musersd");
  expect(gateTable({ stateDir: "/run/musersd-2" })).toBe("mauth_gate_run_musersd_2");
});

it("the gate replaces an earlier one in the same transaction", () => {
  expect(rules(["lan0"]).slice(0, 3)).toEqual([
    "add table inet mauth_gate_run_musersd",
    "delete table inet mauth_gate_run_musersd",
    "table inet mauth_gate_run_musersd {",
  ]);
});

it.each([
  ["lan0", 'iifname "lan0" jump judge'],
  ["vlan*", 'iifname "vlan*" jump judge'],
  ["eth?", 'iifname "eth*" jump judge'],
  ["eth*.10", 'iifname "eth*" jump judge'],
  ['odd"name', 'iifname "odd*" jump judge'],
  ["*", 'iifname != "lo" jump judge'],
  ["?an", 'iifname != "lo" jump judge'],
])("the gate of %s matches at least that", (name, rule) => {
  expect(rules([name])).toContain(rule);
});

it("the gate leaves monitored interfaces alone where nftables can name just them", () => {
  const lines = rules(["vlan*"], ["vlan7", "vlan8*", "vlan?9", 'vlan"x']);
  expect(lines.filter((line) => line.startsWith("iifname") && line.endsWith("return"))).toEqual([
    'iifname "vlan7" return',
    'iifname "vlan8*" return',
  ]);
  expect(lines.indexOf('iifname "vlan7" return')).toBeLessThan(lines.indexOf('iifname "vlan*" jump judge'));
});

it("the gate lets PIM neighbours of either family through", () => {
  const lines = rules(["lan0"], [], ["192.0.2.9", "2001:db8::9"]);
  expect(lines).toContain("ip protocol 103 ip saddr != { 192.0.2.9 } counter drop");
  expect(lines).toContain("meta nfproto ipv6 meta l4proto 103 ip6 saddr != { 2001:db8::9 } counter drop");
  expect(rules(["lan0"])).toContain("ip protocol 103 counter drop");
});
