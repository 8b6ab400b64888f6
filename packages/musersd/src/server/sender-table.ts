// SPDX-License-Identifier: MIT
import type { ErrorCode } from "@mauth/protocol/error-code";
import type { HeldChange, HeldRow, RowTable, SenderTable, SenderVisitor } from "@mauth/protocol/rpc";
import type { CounterRow, DeniedRow, EntryKey, Mode, StatusReport } from "@mauth/protocol/v2";
import type { Count, DeniedRow as FilterDeniedRow, Filter, Reason, RefusedTable } from "../filter/filter.ts";

const REFUSALS = ["UNKNOWN", "TTL", "REGISTER", "MALFORMED", "EXPIRED", "SPOOF", "RATE"] as const;
type Refusal = (typeof REFUSALS)[number];

/** Whoever knows the modes of interfaces; `usual` is that without interfaces. */
export interface ModeSetter {
  readonly usual: Mode;
  set(name: string, mode: Mode): ErrorCode | undefined;
}

/** The filter as v2 serves it. Static senders are counted but not listed: they are the mrouter's own business. */
export class FilterTable implements SenderTable {
  readonly #filter: Filter;
  readonly #modes: ModeSetter;
  readonly #counters: () => readonly CounterRow[];
  readonly senders: readonly RowTable<HeldRow>[];
  readonly denied: readonly RefusedTable<DeniedRow>[];

  constructor(filter: Filter, modes: ModeSetter, counters: () => readonly CounterRow[]) {
    this.#filter = filter;
    this.#modes = modes;
    this.#counters = counters;
    this.senders = filter.senderTables;
    this.denied = filter.deniedTables.map((table) => withNames(table, filter));
  }

  counters(): readonly CounterRow[] {
    return this.#counters();
  }

  /** Runs of adds and of removes go to the kernel together; the order stays. */
  apply(changes: readonly HeldChange[], isNew?: (key: EntryKey) => boolean): (ErrorCode | undefined)[] {
    const results: (ErrorCode | undefined)[] = [];
    for (const run of runsOf(changes)) {
      const isAdd = run[0]?.command === "add";
      for (const result of isAdd ? this.#filter.addMany(run, isNew) : this.#filter.removeMany(run))
        results.push(result);
    }
    return results;
  }

  list(visitor: SenderVisitor): void {
    this.#filter.visitSenders({
      plain: (source, group, maxTtl) => visitor.plain(source, group, maxTtl),
      sender: (row) => {
        if (!row.isStatic) visitor.sender(row);
      },
    });
  }

  setMode(name: string, mode: Mode): ErrorCode | undefined {
    return this.#modes.set(name, mode);
  }

  status(): StatusReport {
    const filter = this.#filter;
    const counts = filter.counts();
    const interfaces = filter.interfaces();
    return {
      filter: filter.kind,
      mode: interfaces.some((one) => one.isMonitored) ? "monitor" : this.#modes.usual,
      interfaces,
      sendersMax: filter.sendersMax,
      passedPackets: counts.find((count) => count.reason === "PERMITTED")?.packets ?? 0,
      refusedPackets: refusals(counts, (count) => count.packets),
      monitoredPackets: refusals(counts, (count) => count.monitoredPackets),
    };
  }
}

/** The same rows with names of interfaces, as they were when the last reading began. */
function withNames(table: RefusedTable<FilterDeniedRow>, filter: Filter): RefusedTable<DeniedRow> {
  let names = new Map<number, string>();
  return {
    names: table.names,
    keyWords: table.keyWords,
    valueWords: table.valueWords,
    read: () => {
      names = new Map(filter.interfaces().map(({ ifindex, name }) => [ifindex, name]));
      return table.read();
    },
    isIn: (name, key, value, nowMs) => table.isIn(name, key, value, nowMs),
    firstMs: (batch, index) => table.firstMs(batch, index),
    decode: (key, value) => {
      const row = table.decode(key, value);
      const name = names.get(row.ifindex) ?? `ifindex ${row.ifindex}`;
      return { ...row, interface: name, reason: asRefusal(row.reason) };
    },
  };
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

function refusals(counts: readonly Count[], packetsOf: (count: Count) => number): Partial<Record<Refusal, number>> {
  return Object.fromEntries(counts.filter((count) => count.isDrop).map((count) => [count.reason, packetsOf(count)]));
}

function asRefusal(reason: Reason): Refusal {
  return REFUSALS.find((refusal) => refusal === reason) ?? "UNKNOWN";
}
