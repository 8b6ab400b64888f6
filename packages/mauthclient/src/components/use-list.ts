// SPDX-License-Identifier: MIT
import { useMemo, useState } from "react";
import { Order, type SortValue } from "../state/order.ts";
import { Search } from "../state/search.ts";
import type { Sort } from "../state/sort.ts";
import type { Column } from "./data-table.tsx";

interface ListOptions<Row> {
  readonly columns: readonly Column<Row>[];
  readonly sort: Sort;
  readonly query: string;
  /** Whether the filters let a row through; keeps its identity while they do not change. */
  readonly isShown: (row: Row) => boolean;
}

const UNSORTED = (): number => 0;

/** The rows that search and filters leave, in the order of a column. Sorted first: a key in the search field then sorts nothing. */
export function useList<Row extends { readonly id: string; readonly text: string }>(
  all: readonly Row[],
  { columns, sort, query, isShown }: ListOptions<Row>,
): readonly Row[] {
  const [order] = useState(() => new Order<Row>());
  const [search] = useState(() => new Search<Row>());
  const { id, desc } = sort;
  const value: SortValue<Row> = columns.find((column) => column.id === id)?.value ?? UNSORTED;
  const sorted = useMemo(() => order.sort(all, { value, desc }), [order, all, value, desc]);
  return useMemo(() => search.find(sorted, query, isShown), [search, sorted, query, isShown]);
}
