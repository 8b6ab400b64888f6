// SPDX-License-Identifier: MIT
import { useCallback, useMemo, useState } from "react";

/** Rows chosen for a common decision. Only rows that are still shown count, so that nothing unseen is decided. */
export interface Selection<Row> {
  readonly ids: ReadonlySet<string>;
  readonly rows: readonly Row[];
  readonly nameOf: (row: Row) => string;
  readonly toggle: (id: string) => void;
  readonly set: (ids: readonly string[]) => void;
}

/** Keeps the selection of a list; `nameOf` must keep its identity. */
export function useSelection<Row extends { readonly id: string }>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
): Selection<Row> {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((id: string) => {
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  const set = useCallback((ids: readonly string[]) => setChosen(new Set(ids)), []);
  return useMemo(() => {
    const shown = chosen.size === 0 ? [] : rows.filter((row) => chosen.has(row.id));
    return { ids: new Set(shown.map((row) => row.id)), rows: shown, nameOf, toggle, set };
  }, [chosen, rows, nameOf, toggle, set]);
}
