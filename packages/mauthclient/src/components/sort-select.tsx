// SPDX-License-Identifier: MIT
import { NativeSelect } from "@mantine/core";
import { formatSort, parseSort, type Sort } from "../state/sort.ts";
import { texts } from "../texts/texts.ts";
import { useIsNarrow } from "../ui/use-is-narrow.ts";
import { type Column, sortChoices } from "./data-table.tsx";
import classes from "./page.module.css";

/** The order of a list on a phone, where there is no table head to click. */
export function SortSelect(props: { columns: readonly Column<never>[]; sort: Sort; onSort: (sort: Sort) => void }) {
  const isNarrow = useIsNarrow();
  if (!isNarrow) return null;
  const ids = props.columns.map((column) => column.id);
  return (
    <NativeSelect
      className={classes["filter"] ?? ""}
      size="xs"
      aria-label={texts.sortBy}
      value={formatSort(props.sort)}
      data={sortChoices(props.columns)}
      onChange={(event) => props.onSort(parseSort(event.currentTarget.value, ids, props.sort))}
    />
  );
}
