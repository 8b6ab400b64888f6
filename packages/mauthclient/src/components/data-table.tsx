// SPDX-License-Identifier: MIT
import { useMediaQuery } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp, IconSelector } from "@tabler/icons-react";
import { memo, type ReactNode, useCallback, useLayoutEffect, useMemo, useRef } from "react";
import { useRowsInView } from "./use-rows-in-view.ts";
import type { Selection } from "./use-selection.ts";
import type { Sort } from "../state/sort.ts";
import { texts } from "../texts/texts.ts";
import { useIsNarrow } from "../ui/use-is-narrow.ts";
import classes from "./data-table.module.css";

/** One column; `value` sorts, `cell` draws. Define columns outside of components: their identity is what rows are memoised by. */
export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  /** CSS width; columns without one share what is left. */
  readonly width?: string;
  readonly align?: "end";
  /** Left out on screens below `WIDE_PX` or `WIDEST_PX`, where others need the room. */
  readonly only?: "wide" | "widest";
  /** Absent where sorting makes no sense. */
  readonly value?: (row: Row) => string | number;
  /** Figures and instants begin with the greatest. */
  readonly descendingFirst?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

export interface DataTableProps<Row extends { readonly id: string }> {
  /** Accessible name of the table. */
  readonly label: string;
  /** Filtered and in order; a row that did not change keeps its identity. */
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly onOpen?: ((row: Row) => void) | undefined;
  readonly openId?: string | undefined;
  /** The row on a phone. */
  readonly card: (row: Row) => ReactNode;
  readonly cardHeight: number;
  /** Shown instead of rows. */
  readonly empty: ReactNode;
  /** Rows that can be chosen for a common decision; absent where there is none. */
  readonly selection?: Selection<Row>;
}

const ROW_HEIGHT_PX = 41;
const NO_ROWS: readonly never[] = [];
const WIDE_PX = 1440;
const WIDEST_PX = 1640;

/** A live table: only the visible rows in the document, each with a stable identity. */
export function DataTable<Row extends { readonly id: string }>(props: DataTableProps<Row>) {
  const { sort } = props;
  const isWide = useMediaQuery(`(min-width: ${WIDE_PX}px)`, true, { getInitialValueInEffect: false });
  const isWidest = useMediaQuery(`(min-width: ${WIDEST_PX}px)`, true, { getInitialValueInEffect: false });
  const columns = useMemo(
    () => props.columns.filter(({ only }) => only === undefined || (only === "wide" ? isWide : isWidest)),
    [props.columns, isWide, isWidest],
  );
  const scroll = useRef<HTMLDivElement>(null);
  const isNarrow = useIsNarrow();
  const { rows } = props;
  const open = useStable(props.onOpen);
  const onSort = useStable(props.onSort);
  const height = isNarrow ? props.cardHeight : ROW_HEIGHT_PX;
  const { first, last } = useRowsInView(scroll, rows.length, height);
  // Without rows nothing in it takes the focus, and in a low window it scrolls all the same.
  const focus = rows.length === 0 ? { role: "region", "aria-label": props.label, tabIndex: 0 } : {};

  return (
    <div ref={scroll} className={classes["scroll"]} data-narrow={isNarrow || undefined} {...focus}>
      <table className={classes["table"]} aria-label={props.label} aria-rowcount={rows.length + 1}>
        {!isNarrow && (
          <Head
            columns={columns}
            sortId={sort.id}
            isDescending={sort.desc}
            onSort={onSort}
            selection={props.selection}
            rows={props.selection === undefined ? NO_ROWS : rows}
          />
        )}
        <tbody>
          {first > 0 && <Spacer height={first * height} />}
          {rows.slice(first, last).map((row, at) => (
            <BodyRow
              key={row.id}
              row={row}
              index={first + at}
              height={height}
              isOpen={row.id === props.openId}
              columns={isNarrow ? null : columns}
              card={props.card}
              onOpen={open}
              isSelected={props.selection?.ids.has(row.id)}
              selectName={props.selection?.nameOf}
              onToggle={props.selection?.toggle}
            />
          ))}
          {last < rows.length && <Spacer height={(rows.length - last) * height} />}
        </tbody>
      </table>
      {rows.length === 0 && props.empty}
    </div>
  );
}

/** The callback of the latest render behind one identity, so that a page that draws again does not draw every row again. */
function useStable<Call extends ((argument: never) => void) | undefined>(call: Call): Call {
  const latest = useRef(call);
  useLayoutEffect(() => {
    latest.current = call;
  }, [call]);
  const stable = useCallback((argument: never) => latest.current?.(argument), []);
  return (call === undefined ? undefined : stable) as Call;
}

interface HeadProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly sortId: string;
  readonly isDescending: boolean;
  readonly onSort: (sort: Sort) => void;
  readonly selection: Selection<Row> | undefined;
  readonly rows: readonly Row[];
}

const Head = memo(PlainHead) as typeof PlainHead;

function PlainHead<Row extends { readonly id: string }>(props: HeadProps<Row>) {
  const { columns, sortId, isDescending, onSort, selection, rows } = props;
  const sort = { id: sortId, desc: isDescending };
  return (
    <thead>
      <tr>
        {selection !== undefined && (
          <th scope="col" className={classes["select"]}>
            <SelectAll selection={selection} rows={rows} />
          </th>
        )}
        {columns.map((column) => (
          <th
            key={column.id}
            scope="col"
            style={{ width: column.width }}
            data-align={column.align}
            aria-sort={column.id === sort.id ? (sort.desc ? "descending" : "ascending") : undefined}
          >
            {column.value === undefined ? (
              column.header
            ) : (
              <button type="button" className={classes["sort"]} onClick={() => onSort(nextSort(column, sort))}>
                {column.header}
                <SortIcon sort={column.id === sort.id ? sort : null} />
              </button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function SelectAll<Row extends { readonly id: string }>({
  selection,
  rows,
}: {
  selection: Selection<Row>;
  rows: readonly Row[];
}) {
  const isAll = rows.length > 0 && selection.ids.size >= rows.length;
  return (
    <input
      type="checkbox"
      aria-label={texts.selectAll}
      title={texts.selectAll}
      disabled={rows.length === 0}
      checked={isAll}
      ref={(input) => {
        if (input !== null) input.indeterminate = selection.ids.size > 0 && !isAll;
      }}
      onChange={() => selection.set(isAll ? [] : rows.map((row) => row.id))}
    />
  );
}

function nextSort<Row>(column: Column<Row>, sort: Sort): Sort {
  if (column.id === sort.id) return { id: sort.id, desc: !sort.desc };
  return { id: column.id, desc: column.descendingFirst === true };
}

function SortIcon({ sort }: { sort: Sort | null }) {
  if (sort === null) return <IconSelector className={classes["idle"]} size={14} aria-hidden />;
  return sort.desc ? <IconChevronDown size={14} aria-hidden /> : <IconChevronUp size={14} aria-hidden />;
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden className={classes["spacer"]}>
      <td style={{ height }} />
    </tr>
  );
}

interface BodyRowProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly height: number;
  readonly isOpen: boolean;
  /** Null on a phone. */
  readonly columns: readonly Column<Row>[] | null;
  readonly card: (row: Row) => ReactNode;
  readonly onOpen: ((row: Row) => void) | undefined;
  /** Undefined where rows cannot be selected. */
  readonly isSelected: boolean | undefined;
  readonly selectName: ((row: Row) => string) | undefined;
  readonly onToggle: ((id: string) => void) | undefined;
}

const BodyRow = memo(PlainBodyRow) as typeof PlainBodyRow;

function PlainBodyRow<Row extends { readonly id: string }>(props: BodyRowProps<Row>) {
  const { row, columns, onOpen, isSelected } = props;
  const box = isSelected !== undefined && (
    <input
      type="checkbox"
      aria-label={texts.selectRow(props.selectName?.(row) ?? row.id)}
      checked={isSelected}
      onChange={() => props.onToggle?.(row.id)}
    />
  );
  // The first cell holds a button for the keyboard; the whole row is only a larger target for the mouse.
  return (
    <tr
      className={classes["row"]}
      style={{ height: props.height }}
      aria-rowindex={props.index + 2}
      data-open={props.isOpen || undefined}
      data-openable={onOpen !== undefined || undefined}
      data-selected={isSelected || undefined}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest("button, a, input") === null) onOpen?.(row);
      }}
    >
      {columns === null ? (
        <td className={classes["card"]}>
          {box === false ? (
            props.card(row)
          ) : (
            <div className={classes["cardSelect"]}>
              {box}
              {props.card(row)}
            </div>
          )}
        </td>
      ) : (
        <>
          {box !== false && <td className={classes["select"]}>{box}</td>}
          {columns.map((column) => (
            <td key={column.id} data-align={column.align}>
              {column.cell(row)}
            </td>
          ))}
        </>
      )}
    </tr>
  );
}

/** Names of the sortable columns, for the sort menu of a phone. */
export function sortChoices(columns: readonly Column<never>[]): { value: string; label: string }[] {
  return columns
    .filter((column) => column.value !== undefined)
    .flatMap((column) => [
      { value: column.id, label: `${column.header}, ${texts.ascending}` },
      { value: `-${column.id}`, label: `${column.header}, ${texts.descending}` },
    ]);
}
