// SPDX-License-Identifier: MIT
import type { Fold, Folded } from "../store/fold.ts";
import type { Row } from "../store/store.ts";
import type { GrantRow } from "./grant.ts";
import { PlainGrants } from "./plain-grants.ts";
import type { PlainColumns } from "./plain-grants.ts";
import { PlainLine } from "./plain-line.ts";
import type { KeptGrant } from "./table.ts";

/** Every grant of a store, made small. */
export interface LoadedGrants {
  readonly plain: PlainColumns;
  /** Those that are not plain. */
  readonly others: readonly KeptGrant[];
}

/** Makes the rows of grants small; the store runs it in a thread of its own when there are many. */
export class GrantFold implements Fold<LoadedGrants> {
  readonly #plain = new PlainGrants();
  readonly #others: KeptGrant[] = [];
  readonly #line = new PlainLine();

  take({ body, rev }: Row): void {
    const row = body as unknown as GrantRow;
    if (!this.#plain.set(row, rev)) this.#others.push({ row, rev });
  }

  takeLine(lines: Uint8Array, start: number): boolean {
    return this.#line.read(lines, start) && this.#plain.setLine(this.#line, lines);
  }

  end(): Folded<LoadedGrants> {
    const plain = this.#plain.columns;
    const columns = Object.values(plain).filter((column) => ArrayBuffer.isView(column));
    return { result: { plain, others: this.#others }, transfer: columns.map(({ buffer }) => buffer as ArrayBuffer) };
  }
}

/** For `Store.fold`. */
export const GRANT_FOLD = { module: import.meta.url, name: "GrantFold" } as const;
