// SPDX-License-Identifier: MIT
import type { ErrorCode } from "../../src/error-code.ts";
import { deniedRows, senderRows } from "../../src/rpc/index.ts";
import type { HeldChange, HeldRow, RowBatch, RowTable, SenderTable, SenderVisitor } from "../../src/rpc/index.ts";
import type { CounterRow, DeniedRow, HeldSender, Mode, StatusReport } from "../../src/v2/index.ts";

/** A table in the memory of a test, with everything open to be looked at and spoilt. */
export class MemoryTable implements SenderTable {
  readonly entries = new Map<string, HeldSender>();
  readonly applied: HeldChange[] = [];
  senderRows: HeldRow[] = [];
  deniedRows: DeniedRow[] = [];
  readSenders = (): readonly HeldRow[] => this.senderRows;
  rowsPerBatch = Infinity;
  readonly senders = [
    inBatches(
      senderRows(() => this.readSenders()),
      () => this.rowsPerBatch,
    ),
  ];
  readonly denied = [deniedRows(() => this.deniedRows)];
  statusReport: StatusReport = {
    filter: "memory",
    mode: "enforce",
    interfaces: [{ name: "lan0", isAttached: true }],
    sendersMax: 262_144,
    passedPackets: 0,
    refusedPackets: {},
  };

  apply(changes: readonly HeldChange[]): (ErrorCode | undefined)[] {
    return changes.map((change) => this.#applyOne(change));
  }

  list(visitor: SenderVisitor): void {
    for (const sender of this.entries.values()) visitor.sender(sender);
  }

  setMode(name: string, mode: Mode): ErrorCode | undefined {
    const { interfaces } = this.statusReport;
    if (!interfaces.some((one) => one.name === name)) return "no-interface";
    const changed = interfaces.map((one) => (one.name === name ? { ...one, isMonitored: mode === "monitor" } : one));
    this.statusReport = { ...this.statusReport, interfaces: changed };
    return undefined;
  }

  status(): StatusReport {
    return this.statusReport;
  }

  counters(): readonly CounterRow[] {
    return Array.from({ length: 20 }, (_, index) => ({ name: `v1.counter${index}`, value: index * 1000 }));
  }

  #applyOne(change: HeldChange): ErrorCode | undefined {
    this.applied.push(change);
    const key = `${change.source}>${change.group}${change.groupLength === undefined ? "" : `/${change.groupLength}`}`;
    const { command: _, ...held } = change;
    if (change.command === "remove") this.entries.delete(key);
    else if (this.entries.size >= this.statusReport.sendersMax && !this.entries.has(key)) return "full";
    else this.entries.set(key, held);
    return undefined;
  }
}

/** The same table, some rows at a time; keys and values are one word each. */
function inBatches<Row>(table: RowTable<Row>, rowsPerBatch: () => number): RowTable<Row> {
  return {
    names: table.names,
    keyWords: table.keyWords,
    valueWords: table.valueWords,
    *read() {
      const all = table.read().next().value as RowBatch;
      for (let start = 0; start < all.count; start += rowsPerBatch()) {
        const [keys, values] = [all.keys, all.values].map((words) => words.subarray(start, start + rowsPerBatch()));
        if (keys !== undefined && values !== undefined) yield { count: keys.length, keys, values };
      }
    },
    isIn: (...row) => table.isIn(...row),
    decode: (key, value) => table.decode(key, value),
  };
}
