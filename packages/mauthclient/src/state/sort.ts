// SPDX-License-Identifier: MIT

/** The order of a table: a column and a direction. In the address it is "column" or "-column". */
export interface Sort {
  readonly id: string;
  readonly desc: boolean;
}

export function formatSort(sort: Sort): string {
  return sort.desc ? `-${sort.id}` : sort.id;
}

/** Reads what `formatSort` wrote; anything else is the fallback. */
export function parseSort(text: string | undefined, columns: readonly string[], fallback: Sort): Sort {
  if (text === undefined) return fallback;
  const desc = text.startsWith("-");
  const id = desc ? text.slice(1) : text;
  return columns.includes(id) ? { id, desc } : fallback;
}
