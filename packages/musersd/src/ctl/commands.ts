// SPDX-License-Identifier: MIT
import { compareAddresses, formatAddress } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import { ERROR_CODES } from "@mauth/protocol/error-code";
import { applyAll, readCounters, readDenied, readLimited, readSenders, readStatus, setMode } from "@mauth/protocol/rpc";
import type { V1Call, V2Call } from "@mauth/protocol/rpc";
import type { Change, CounterRow, DeniedRow, InterfaceReport, Mode, SenderRow } from "@mauth/protocol/v2";
import { COMMAND } from "@mauth/protocol/v1";
import { formatEndpoint, isIpv6Endpoint } from "../endpoint.ts";
import type { Endpoint } from "../endpoint.ts";
import { StartError } from "../errors.ts";
import { callV1, withV2 } from "./connection.ts";
import type { Credential } from "./connection.ts";
import { explain } from "./explain.ts";
import { formatLimits, formatName, isPlain } from "./sender-change.ts";
import { formatAge, formatTable } from "./table.ts";
import type { Column } from "./table.ts";

/** Where to send a command, with which key, and how to print. */
export interface Target {
  readonly server: Endpoint;
  /** Without one, changes travel over v1 where that can carry them, and everything else with the null key. */
  readonly credential: Credential | undefined;
  readonly isJson: boolean;
  readonly print: (text: string) => void;
}

/** Adds or removes a sender; succeeds only when the kernel call has returned. */
export async function changeSender(target: Target, change: Change): Promise<void> {
  // musersd serves v1 to addresses of IPv4 only.
  const isV1 = target.credential === undefined && !isIpv6Endpoint(target.server);
  const v1 = isV1 ? asV1(change) : undefined;
  if (v1 === undefined) await changeOverV2(target, change);
  else await changeOverV1(target, v1);
  const { command } = change;
  const [source = "", group = ""] = formatName(change);
  if (target.isJson) return target.print(`${JSON.stringify({ command, source, group, ...given(change) })}\n`);
  const limits = formatLimits(change);
  const what = command === "add" ? ` max TTL ${change.maxTtl}${limits === "" ? "" : `, ${limits}`}` : "";
  return target.print(`${command === "add" ? "added" : "removed"} ${source} ${group}${what}\n`);
}

/** What an add asks for beside source and group. */
function given({ command, source: _source, group: _group, groupLength: _length, ...rest }: Change): object {
  return command === "add" ? rest : {};
}

/** The change as v1 can carry it, if it can: of IPv4, and limited by nothing but the TTL. */
function asV1(change: Change): V1Call | undefined {
  const { source, group, maxTtl } = change;
  if (typeof source !== "number" || typeof group !== "number" || !isPlain(change)) return undefined;
  return { command: COMMAND[change.command], source, group, maxTtl };
}

async function changeOverV1({ server }: Target, call: V1Call): Promise<void> {
  const outcome = await callV1(server, call);
  const where = formatEndpoint(server);
  if (outcome.state === "error") throw new StartError(`${where} refused; its filter may be full`);
  if (outcome.state === "unknown")
    throw new StartError(
      `no answer from ${where} within 6 s: the outcome is unknown; is this address on its v1 allow-list?`,
    );
}

async function changeOverV2({ server, credential }: Target, change: Change): Promise<void> {
  const [error] = await withV2(server, credential, (call) => applyAll(call, [change]));
  if (error !== undefined) throw new StartError(ERROR_CODES[error].sentence);
}

/** Prints all senders with their counters. */
export async function printSenders(target: Target): Promise<void> {
  const { rows, nowMs } = await withV2(target.server, target.credential, readAllSenders);
  const sorted = rows.toSorted((a, b) => compareAddresses(a.source, b.source) || compareAddresses(a.group, b.group));
  const age = (row: SenderRow): number | undefined => (row.lastMs === 0 ? undefined : nowMs - row.lastMs);
  if (target.isJson)
    return target.print(toJson(sorted.map((row) => ({ ...senderJson(row), lastAgeMs: age(row) ?? null }))));
  if (sorted.length === 0) return target.print("no senders are registered: every multicast packet is dropped\n");
  const limits: Column<SenderRow> = { heading: "LIMITS", text: formatLimits };
  return target.print(
    formatTable(
      [
        { heading: "SOURCE", text: (row) => formatName(row)[0] ?? "" },
        { heading: "GROUP", text: (row) => formatName(row)[1] ?? "" },
        { heading: "MAX TTL", isNumber: true, text: (row) => String(row.maxTtl) },
        { heading: "PACKETS", isNumber: true, text: (row) => String(row.packets) },
        { heading: "REFUSED", isNumber: true, text: (row) => String(row.refusedPackets) },
        { heading: "LAST", isNumber: true, text: (row) => formatAge(age(row)) },
        ...(sorted.every(isPlain) ? [] : [limits]),
      ],
      sorted,
    ),
  );
}

/** Those with limits are read apart; of the two rows of one sender, that with the limits counts. */
async function readAllSenders(call: V2Call): Promise<{ rows: SenderRow[]; nowMs: number }> {
  const all = await readSenders(call, 0);
  const limited = await readLimited(call, 0);
  const rows = new Map([...all.rows, ...limited.rows].map((row) => [formatName(row).join(">"), row]));
  return { rows: [...rows.values()], nowMs: limited.nowMs };
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
        { heading: "SOURCE", text: (row) => formatAddress(row.source) },
        { heading: "GROUP", text: (row) => formatAddress(row.group) },
        { heading: "REASON", text: (row) => row.reason },
        { heading: "TTL", isNumber: true, text: (row) => String(row.ttl) },
        { heading: "PACKETS", isNumber: true, text: (row) => String(row.packets) },
        { heading: "LAST", isNumber: true, text: (row) => formatAge(nowMs - row.lastMs) },
      ],
      sorted,
    ),
  );
}

/** Lets the filter of an interface drop, or only count what it would drop. */
export async function changeMode(target: Target, name: string, mode: Mode): Promise<void> {
  const error = await withV2(target.server, target.credential, (call) => setMode(call, name, mode));
  if (error !== undefined) throw new StartError(`${name}: ${ERROR_CODES[error].sentence}`);
  if (target.isJson) return target.print(`${JSON.stringify({ interface: name, mode })}\n`);
  const effect = mode === "monitor" ? "nothing is dropped there, only counted" : "what is not registered is dropped";
  return target.print(`${name} ${mode}: ${effect}\n`);
}

/** Prints why packets of a source to a group pass or not. */
export async function printExplanation(target: Target, source: Address, group: Address): Promise<void> {
  const seen = await withV2(target.server, target.credential, async (call) => {
    const { rows: senders } = await readAllSenders(call);
    const { rows: denied, nowMs } = await readDenied(call, 0);
    return { senders, denied, nowMs };
  });
  const explanation = explain(source, group, seen);
  if (!target.isJson) return target.print(`${explanation.sentence}\n`);
  const { entry, denied, ...verdict } = explanation;
  const names = { source: formatAddress(source), group: formatAddress(group) };
  const found = { entry: entry && senderJson(entry), denied: denied && deniedJson(denied) };
  return target.print(toJson({ ...names, ...verdict, ...found }));
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

function senderJson(sender: SenderRow) {
  const { source: _source, group: _group, groupLength: _length, lastMs: _last, ...row } = sender;
  const [source, group] = formatName(sender);
  return { source, group, ...row };
}

function deniedJson({ source, group, reason, ttl, packets, bytes, ...row }: DeniedRow) {
  return {
    interface: row.interface,
    source: formatAddress(source),
    group: formatAddress(group),
    reason,
    ttl,
    packets,
    bytes,
  };
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
