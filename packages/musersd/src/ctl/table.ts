// SPDX-License-Identifier: MIT

/** A column: its heading, its side, and the text of a row. */
export interface Column<Row> {
  readonly heading: string;
  readonly isNumber?: boolean;
  readonly text: (row: Row) => string;
}

/** Formats rows as aligned columns with a heading. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [columns.map(({ heading }) => heading), ...rows.map((row) => columns.map(({ text }) => text(row)))];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const formatCell = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return columns[column]?.isNumber === true ? cell.padStart(width) : cell.padEnd(width);
  };
  return cells.map((line) => `${line.map(formatCell).join("  ").trimEnd()}\n`).join("");
}

/** Formats an age such as "3 s", "12 min", "5 h", "9 d"; "never" for undefined. */
export function formatAge(ageMs: number | undefined): string {
  if (ageMs === undefined) return "never";
  const seconds = Math.max(0, Math.round(ageMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
