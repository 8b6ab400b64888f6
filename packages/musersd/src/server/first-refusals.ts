// SPDX-License-Identifier: MIT
import type { RowBatch } from "@mauth/protocol/rpc";
import type { DeniedRow } from "@mauth/protocol/v2";
import type { RefusedTable } from "../filter/filter.ts";

/** Events for one look at the tables; a flood of sources is seen in the tables, not in events. */
export const NEWS_MAX = 100;
/** The filter's clock stands still for as long as a tick of the kernel's (10 ms at 100 Hz): younger rows may still come. */
const SETTLED_MS = 20;

/** A look at the tables, from the first to the last. */
interface Look {
  readonly rows: Generator<RowBatch & { readonly table: RefusedTable<DeniedRow> }>;
  /** Rows of before are no news any more, rows of `untilMs` and later no news yet. */
  readonly sinceMs: number;
  readonly untilMs: number;
  found: DeniedRow[];
}

/** Finds what is refused for the first time, one batch of rows at a time, because there may be many. */
export class FirstRefusals {
  readonly #tables: readonly RefusedTable<DeniedRow>[];
  #sinceMs: number;
  #look: Look | undefined;

  /** `nowMs` is on the clock of the filter. */
  constructor(tables: readonly RefusedTable<DeniedRow>[], nowMs: number) {
    this.#tables = tables;
    this.#sinceMs = nowMs;
  }

  get isLooking(): boolean {
    return this.#look !== undefined;
  }

  /** Nobody listens: what is refused until now is no news. */
  skip(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#look = undefined;
  }

  /** Begins to look for what was refused since the last look, unless one goes on. */
  begin(nowMs: number): void {
    if (this.#look !== undefined) return;
    const untilMs = Math.max(this.#sinceMs, nowMs - SETTLED_MS);
    this.#look = { rows: this.#read(), sinceMs: this.#sinceMs, untilMs, found: [] };
  }

  /** Looks at the next rows; at the end of the look, the rows that are news, oldest first, at most `NEWS_MAX`. */
  step(): readonly DeniedRow[] {
    const look = this.#look;
    if (look === undefined) return [];
    const next = look.rows.next();
    if (next.done !== true) {
      this.#take(look, next.value);
      return [];
    }
    this.#look = undefined;
    this.#sinceMs = look.untilMs;
    return oldest(look.found);
  }

  *#read(): Look["rows"] {
    for (const table of this.#tables) {
      const rows = table.read();
      for (let next = rows.next(); next.done !== true; next = rows.next()) yield { ...next.value, table };
    }
  }

  #take(look: Look, { table, ...batch }: RowBatch & { readonly table: RefusedTable<DeniedRow> }): void {
    for (let index = 0; index < batch.count; index++) {
      const firstMs = table.firstMs(batch, index);
      if (firstMs < look.sinceMs || firstMs >= look.untilMs) continue;
      look.found.push(decodeAt(table, batch, index));
      if (look.found.length >= 2 * NEWS_MAX) look.found = oldest(look.found);
    }
  }
}

function oldest(rows: DeniedRow[]): DeniedRow[] {
  return rows.sort((a, b) => a.firstMs - b.firstMs).slice(0, NEWS_MAX);
}

function decodeAt(table: RefusedTable<DeniedRow>, { keys, values }: RowBatch, index: number): DeniedRow {
  const [keyLength, valueLength] = [table.keyWords * 4, table.valueWords * 4];
  const key = new DataView(keys.buffer, keys.byteOffset + index * keyLength, keyLength);
  return table.decode(key, new DataView(values.buffer, values.byteOffset + index * valueLength, valueLength));
}
