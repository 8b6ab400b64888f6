// SPDX-License-Identifier: MIT

/** SVG path of the sum of several histories, newest at the right edge, zero at the bottom; empty below two readings. */
export function trendPath(
  histories: readonly (readonly number[])[],
  box: { width: number; height: number; slots: number },
): string {
  const length = Math.max(0, ...histories.map((history) => history.length));
  if (length < 2) return "";
  const sums = Array.from({ length }, (_, index) =>
    histories.reduce((sum, history) => sum + (history[history.length - length + index] ?? 0), 0),
  );
  const top = Math.max(...sums, 1);
  const step = box.width / (box.slots - 1);
  return sums
    .map((value, index) => {
      const x = box.width - (length - 1 - index) * step;
      const y = box.height - 2 - (value / top) * (box.height - 4);
      return `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}
