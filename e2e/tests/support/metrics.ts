// SPDX-License-Identifier: MIT

/** The counters of one metric of mauthserver by the value of their label, in the Prometheus text format. */
export async function readMetric(url: string, metric: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const rows = text.matchAll(new RegExp(`^${metric}\\{\\w+="(\\w+)"\\} (\\S+)$`, "gm"));
  return Object.fromEntries(Array.from(rows, ([, label, value]) => [label ?? "", Number(value)]));
}

/** Adds up the counters of a metric except those with the given labels. */
export function sumWithout(counters: Record<string, number>, ...labels: string[]): number {
  return Object.entries(counters).reduce((sum, [label, value]) => sum + (labels.includes(label) ? 0 : value), 0);
}
