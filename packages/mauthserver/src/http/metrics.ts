// SPDX-License-Identifier: MIT
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";

/** A registry with the process's own figures. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Counts kept as plain numbers elsewhere, read when somebody asks; `read` gives rows of labels and value. */
export function exposeCounter(
  registry: Registry,
  options: { readonly name: string; readonly help: string; readonly labels: readonly string[] },
  read: () => Iterable<readonly [labels: Readonly<Record<string, string>>, value: number]>,
): void {
  const { name, help, labels } = options;
  registry.registerMetric(
    new Counter({
      name,
      help,
      labelNames: [...labels],
      registers: [],
      collect() {
        this.reset();
        for (const [row, value] of read()) this.inc({ ...row }, value);
      },
    }),
  );
}

/** A figure that goes up and down, read when somebody asks. */
export function exposeGauge(
  registry: Registry,
  options: { readonly name: string; readonly help: string; readonly labels: readonly string[] },
  read: () => Iterable<readonly [labels: Readonly<Record<string, string>>, value: number]>,
): void {
  const { name, help, labels } = options;
  registry.registerMetric(
    new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [],
      collect() {
        this.reset();
        for (const [row, value] of read()) this.set({ ...row }, value);
      },
    }),
  );
}

/** Rows for `exposeCounter` from an object of counts, its keys spelled as labels: refusedHost and refused-host are "refused_host". */
export function* labelled(label: string, counts: object): Generator<readonly [Record<string, string>, number]> {
  for (const [key, value] of Object.entries(counts))
    if (typeof value === "number") yield [{ [label]: spelled(key) }, value];
}

function spelled(key: string): string {
  return key.replaceAll("-", "_").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
