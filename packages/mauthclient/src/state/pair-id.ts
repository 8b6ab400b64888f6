// SPDX-License-Identifier: MIT

interface PairOf {
  readonly source: string;
  readonly group: string;
}

const ids = new WeakMap<PairOf, string>();

/**
 * "SOURCE>GROUP", the id of a grant and the tail of the ids of senders and denied pairs; made once for each object, because lists ask
 * for tens of thousands of them with every change.
 */
export function pairId(pair: PairOf): string {
  const known = ids.get(pair);
  if (known !== undefined) return known;
  const id = `${pair.source}>${pair.group}`;
  ids.set(pair, id);
  return id;
}
