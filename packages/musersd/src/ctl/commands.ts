// SPDX-License-Identifier: MIT
import { ERROR_CODES } from "@mauth/protocol/error-code";
import { formatIpv4 } from "@mauth/protocol/ipv4";
import { applyAll, readCounters, readDenied, readSenders, readStatus } from "@mauth/protocol/rpc";
import type { CounterRow, DeniedRow, InterfaceReport, SenderRow } from "@mauth/protocol/v2";
import { COMMAND, validateRequest } from "@mauth/protocol/v1";
import type { Endpoint } from "../config.ts";
import { ConfigError, StartError } from "../errors.ts";
import { callV1, withV2 } from "./connection.ts";
import type { Credential } from "./connection.ts";
import { formatAge, formatTable } from "./table.ts";

/** Where to send a command, with which key, and how to print. */
export interface Target {
  readonly server: Endpoint;
  /** Without one, changes travel over v1 and reads with the null key. */
  readonly credential: Credential | undefined;
  readonly isJson: boolean;
  readonly print: (text: string) => void;
}

/** A change that the command line asks for. */
export interface SenderChange {
  readonly command: "add" | "remove";
  readonly source: number;
  readonly group: number;
  readonly maxTtl: number;
}

/** Adds or removes a sender; succeeds only when the kernel call has returned. */
export async function changeSender(target: Target, change: SenderChange): Promise<void> {
  const invalid = validateRequest({ ...change, command: COMMAND[change.command] });
  if (invalid !== undefined) throw new ConfigError(ERROR_CODES[invalid].sentence);
  if (target.credential === undefined) await changeOverV1(target, change);
  else await changeOverV2(target, change);
  const { command } = change;
  const sender = { source: formatIpv4(change.source), group: formatIpv4(change.group) };
  const done = command === "add" ? { ...sender, maxTtl: change.maxTtl } : sender;
  const ttl = command === "add" ? ` max TTL ${change.maxTtl}` : "";
  if (target.isJson) target.print(`${JSON.stringify({ command, ...done })}\n`);
  else target.print(`${command === "add" ? "added" : "removed"} ${sender.source} ${sender.group}${ttl}\n`);
}

async function changeOverV1({ server }: Target, change: SenderChange): Promise<void> {
  const outcome = await callV1(server, { ...change, command: COMMAND[change.command] });
  const where = `${server.address}:${server.port}`;
  if (outcome.state === "error") throw new StartError(`${where} refused; its filter may be full`);
  if (outcome.state === "unknown")
    throw new StartError(
      `no answer from ${where} within 6 s: the outcome is unknown; is this address on its v1 allow-list?`,
    );
}

async function changeOverV2({ server, credential }: Target, change: SenderChange): Promise<void> {
  const [error] = await withV2(server, credential, (call) => applyAll(call, [change]));
  if (error !== undefined) throw new StartError(ERROR_CODES[error].sentence);
}

/** Prints all senders with their counters. */
export async function printSenders(target: Target): Promise<void> {
  const { rows, nowMs } = await withV2(target.server, target.credential, (call) => readSenders(call, 0));
  const sorted = rows.toSorted((a, b) => a.source - b.source || a.group - b.group);
  const age = (row: SenderRow): number | undefined => (row.lastMs === 0 ? undefined : nowMs - row.lastMs);
  if (target.isJson)
    return target.print(toJson(sorted.map((row) => ({ ...senderJson(row), lastAgeMs: age(row) ?? null }))));
  if (sorted.length === 0) return target.print("no senders are registered: every multicast packet is dropped\n");
  return target.print(
    formatTable(
      [
        { heading: "SOURCE", text: (row) => formatIpv4(row.source) },
        { heading: "GROUP", text: (row) => formatIpv4(row.group) },
        { heading: "MAX TTL", isNumber: true, text: (row) => String(row.maxTtl) },
        { heading: "PACKETS", isNumber: true, text: (row) => String(row.packets) },
        { heading: "REFUSED", isNumber: true, text: (row) => String(row.refusedPackets) },
        { heading: "LAST", isNumber: true, text: (row) => formatAge(age(row)) },
      ],
      sorted,
    ),
  );
}

/** Prints who was refused, the latest first. */
export async function printDenied(target: Target): Promise<void> {
  const { rows, nowMs } = await withV2(target.server, target.credential, (call) => readDenied(call, 0));
  const sorted = rows.toSorted((a, b) => b.lastMs - a.lastMs);
  const ages = (row: DeniedRow) => ({ firstAgeMs: nowMs - row.firstMs, lastAgeMs: nowMs - row.lastMs });
  if (target.isJson) return target.print(toJson(sorted.map((row) => ({ ...deniedJson(row), ...ages(row) }))));
  if (sorted.length === 0) return target.print("nothing was refused\n");
  return target.print(
    formatTable(
      [
        { heading: "INTERFACE", text: (row) => row.interface },
        { heading: "SOURCE", text: (row) => formatIpv4(row.source) },
        { heading: "GROUP", text: (row) => formatIpv4(row.group) },
        { heading: "REASON", text: (row) => row.reason },
        { heading: "TTL", isNumber: true, text: (row) => String(row.ttl) },
        { heading: "PACKETS", isNumber: true, text: (row) => String(row.packets) },
        { heading: "LAST", isNumber: true, text: (row) => formatAge(nowMs - row.lastMs) },
      ],
      sorted,
    ),
  );
}

/** Prints what the filter is and does, and what became of the datagrams. */
export async function printStatus(target: Target): Promise<void> {
  const { report, counters } = await withV2(target.server, target.credential, async (call) => ({
    report: await readStatus(call),
    counters: await readCounters(call),
  }));
  const { status, entryCount, bootEpoch } = report;
  if (target.isJson) {
    const datagrams = Object.fromEntries(counters.map(({ name, value }) => [name, value]));
    return target.print(toJson({ ...status, senders: entryCount, bootEpoch, datagrams }));
  }
  if (status.filter === "memory") target.print("THE MEMORY FILTER ENFORCES NOTHING: every sender gets through\n");
  const interfaces = status.interfaces.map(interfaceText);
  const lines = [
    ["filter", `${status.filter}, ${status.mode}`],
    ["interfaces", interfaces.join(", ") || "none"],
    ["senders", `${entryCount} of at most ${status.sendersMax}`],
    ["passed", `${status.passedPackets} packets`],
    ["refused", listCounts(Object.entries(status.refusedPackets)) || "0 packets"],
    ["dropped", listCounts(counters.filter(isDrop).map(({ name, value }) => [name, value])) || "0 datagrams"],
  ];
  return target.print(lines.map(([name = "", value = ""]) => `${name.padEnd(12)}${value}\n`).join(""));
}

function listCounts(counts: readonly (readonly [name: string, count: number])[]): string {
  return counts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

/** Datagrams to musersd itself that were not answered. */
function isDrop({ name }: CounterRow): boolean {
  return /^v\d\.dropped/.test(name);
}

function interfaceText({ name, isAttached, isMonitored = false }: InterfaceReport): string {
  if (!isAttached) return `${name} (NOT ATTACHED)`;
  return isMonitored ? `${name} (MONITORED)` : name;
}

function senderJson({ source, group, maxTtl, packets, bytes, refusedPackets }: SenderRow) {
  return { source: formatIpv4(source), group: formatIpv4(group), maxTtl, packets, bytes, refusedPackets };
}

function deniedJson({ source, group, reason, ttl, packets, bytes, ...row }: DeniedRow) {
  return {
    interface: row.interface,
    source: formatIpv4(source),
    group: formatIpv4(group),
    reason,
    ttl,
    packets,
    bytes,
  };
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
