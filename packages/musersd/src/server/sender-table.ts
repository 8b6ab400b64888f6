// SPDX-License-Identifier: MIT
import type { Address } from "@mauth/protocol/address";
import type { ErrorCode } from "@mauth/protocol/error-code";
import type { Ipv4 } from "@mauth/protocol/ipv4";
import type { HeldChange, HeldRow, SenderTable } from "@mauth/protocol/rpc";
import type { CounterRow, DeniedRow, EntryKey, HeldSender, StatusReport } from "@mauth/protocol/v2";
import type { Config } from "../config.ts";
import type { Count, Filter, Reason } from "../filter/filter.ts";

const REFUSALS = ["UNKNOWN", "TTL", "REGISTER", "MALFORMED", "EXPIRED", "SPOOF", "RATE"] as const;
type Refusal = (typeof REFUSALS)[number];

/** The filter as v2 serves it. Static senders are counted but not listed: they are the mrouter's own business. */
export class FilterTable implements SenderTable {
  readonly #filter: Filter;
  readonly #mode: Config["mode"];

  readonly #counters: () => readonly CounterRow[];

  constructor(filter: Filter, mode: Config["mode"], counters: () => readonly CounterRow[]) {
    this.#filter = filter;
    this.#mode = mode;
    this.#counters = counters;
  }

  counters(): readonly CounterRow[] {
    return this.#counters();
  }

  /** Runs of adds and of removes go to the kernel together; the order stays. */
  apply(changes: readonly HeldChange[], isNew: (key: EntryKey) => boolean = () => false): (ErrorCode | undefined)[] {
    const results: (ErrorCode | undefined)[] = [];
    for (const run of runsOf(changes)) {
      const isAdd = run[0]?.command === "add";
      for (const result of isAdd
        ? this.#filter.addMany(run, (name) => isIpv4(name) && isNew(name))
        : this.#filter.removeMany(run))
        results.push(result);
    }
    return results;
  }

  list(): HeldSender[] {
    return this.#filter
      .senders()
      .filter(isIpv4)
      .filter((row) => !row.isStatic);
  }

  senders(): HeldRow[] {
    return this.#filter.senders().filter(isIpv4);
  }

  denied(): DeniedRow[] {
    const filter = this.#filter;
    const names = new Map(filter.interfaces().map(({ ifindex, name }) => [ifindex, name]));
    return filter
      .denied()
      .filter(isIpv4)
      .map((row) => {
        const name = names.get(row.ifindex) ?? `ifindex ${row.ifindex}`;
        return { ...row, interface: name, reason: asRefusal(row.reason) };
      });
  }

  status(): StatusReport {
    const filter = this.#filter;
    const counts = filter.counts();
    const interfaces = filter.interfaces();
    return {
      filter: filter.kind,
      mode: interfaces.some((one) => one.isMonitored) ? "monitor" : this.#mode,
      interfaces,
      sendersMax: filter.sendersMax,
      passedPackets: counts.find((count) => count.reason === "PERMITTED")?.packets ?? 0,
      refusedPackets: refusals(counts, (count) => count.packets),
      monitoredPackets: refusals(counts, (count) => count.monitoredPackets),
    };
  }
}

/** Cuts changes where the command changes. */
function runsOf(changes: readonly HeldChange[]): (readonly HeldChange[])[] {
  const runs: (readonly HeldChange[])[] = [];
  for (let start = 0; start < changes.length;) {
    let end = start + 1;
    while (end < changes.length && changes[end]?.command === changes[start]?.command) end++;
    // Most requests are one run.
    runs.push(start === 0 && end === changes.length ? changes : changes.slice(start, end));
    start = end;
  }
  return runs;
}

/** The protocol has no word for rows of IPv6 yet. */
function isIpv4<Row extends { source: Address; group: Address }>(row: Row): row is Row & { source: Ipv4; group: Ipv4 } {
  return typeof row.source === "number" && typeof row.group === "number";
}

function refusals(counts: readonly Count[], packetsOf: (count: Count) => number): Partial<Record<Refusal, number>> {
  return Object.fromEntries(counts.filter((count) => count.isDrop).map((count) => [count.reason, packetsOf(count)]));
}

function asRefusal(reason: Reason): Refusal {
  return REFUSALS.find((refusal) => refusal === reason) ?? "UNKNOWN";
}
