// SPDX-License-Identifier: MIT

/** Rows that are written as one piece. */
const PIECE_ROWS = 500;

/** How a cell begins that some spreadsheet takes for a formula; the wide ones are those of East Asian keyboards. */
export const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** Formats a heading and a row for each item as CSV (RFC 4180), in pieces. A cell that a spreadsheet would take for a formula begins with an apostrophe. */
export function* formatCsv<Item>(
  columns: readonly string[],
  items: Iterable<Item>,
  rowOf: (item: Item) => readonly string[],
): Generator<string> {
  let rows = [columns];
  for (const item of items) {
    rows.push(rowOf(item));
    if (rows.length >= PIECE_ROWS) {
      yield rows.map(formatRow).join("");
      rows = [];
    }
  }
  yield rows.map(formatRow).join("");
}

function formatRow(row: readonly string[]): string {
  return `${row.map(formatCell).join(",")}\r\n`;
}

function formatCell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Parses CSV (RFC 4180) with LF or CR LF; undefined when a quote does not end. */
export function parseCsv(text: string): string[][] | undefined {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.startsWith("\ufeff") ? 1 : 0;
  while (at < text.length) {
    const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at);
    if (cell === undefined) return undefined;
    row.push(cell.value);
    at = cell.end;
    if (text[at] === ",") {
      at++;
      if (at === text.length) row.push("");
      else continue;
    }
    if (text.startsWith("\r\n", at)) at += 2;
    else if (text[at] === "\n") at++;
    else if (at < text.length) return undefined;
    rows.push(row);
    row = [];
  }
  return rows;
}

interface Cell {
  readonly value: string;
  /** Index of the character after it. */
  readonly end: number;
}

function plainCell(text: string, start: number): Cell {
  const found = /[,\r\n]/g;
  found.lastIndex = start;
  const end = found.exec(text)?.index ?? text.length;
  return { value: text.slice(start, end), end };
}

function quotedCell(text: string, start: number): Cell | undefined {
  for (let at = start + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0) return undefined;
    if (text[at + 1] !== '"') return { value: text.slice(start + 1, at).replaceAll('""', '"'), end: at + 1 };
  }
}
