// SPDX-License-Identifier: MIT

/** One figure, and the peer measured beside it in the same run. */
export interface Row {
  readonly bench: string;
  readonly what: string;
  /** Median over the rounds. */
  readonly value: number;
  readonly unit: string;
  /** What was measured beside it; "" when there is no peer. */
  readonly beside: string;
  /** Median of the peer; null when there is none. */
  readonly besideValue: number | null;
  /**
   * Median over the rounds of value / peer's value in the same round, which a busy machine disturbs less than either; null
   * when there is no peer, or it has a 0. Without rounds in pairs: value / besideValue.
   */
  readonly ratio: number | null;
  /** (maximum - minimum) / median of the rounds; 0 when the median is 0. */
  readonly spread: number;
}

/** A benchmark: measures, reports progress, and returns its figures; of its parts only those named. */
export type Bench = (progress: (line: string) => void, parts?: readonly string[]) => Promise<Row[]>;

/** The middle of the values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError("no values");
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Makes a row of the rounds of a figure and, when there is one, of its peer. */
export function rowOf(
  name: { readonly bench: string; readonly what: string; readonly unit: string },
  rounds: readonly number[],
  peer?: { readonly beside: string; readonly rounds: readonly number[] },
): Row {
  const value = median(rounds);
  const besideValue = peer === undefined ? null : median(peer.rounds);
  return {
    ...name,
    value,
    beside: peer?.beside ?? "",
    besideValue,
    ratio: peer === undefined ? null : ratioOf(rounds, peer.rounds),
    spread: value === 0 ? 0 : (Math.max(...rounds) - Math.min(...rounds)) / value,
  };
}

function ratioOf(rounds: readonly number[], peers: readonly number[]): number | null {
  if (peers.includes(0)) return null;
  if (rounds.length !== peers.length) return median(rounds) / median(peers);
  return median(rounds.map((value, round) => value / (peers[round] ?? Number.NaN)));
}
