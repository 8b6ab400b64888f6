// SPDX-License-Identifier: MIT
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";

/** A registry with the process's own figures. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

interface Named {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Rows of labels and value. */
type Read = () => Iterable<readonly [labels: Readonly<Record<string, string>>, value: number]>;

/** Counts kept as plain numbers elsewhere, read when somebody asks. */
export function exposeCounter(registry: Registry, { name, help, labels }: Named, read: Read): void {
  const counter = new Counter({ name, help, labelNames: [...labels], registers: [], collect });
  function collect(): void {
    counter.reset();
    for (const [row, value] of read()) counter.inc({ ...row }, value);
  }
  registry.registerMetric(counter);
}

/** A figure that goes up and down, read when somebody asks. */
export function exposeGauge(registry: Registry, { name, help, labels }: Named, read: Read): void {
  const gauge = new Gauge({ name, help, labelNames: [...labels], registers: [], collect });
  function collect(): void {
    gauge.reset();
    for (const [row, value] of read()) gauge.set({ ...row }, value);
  }
  registry.registerMetric(gauge);
}

/** Rows for `exposeCounter` from an object of counts, its keys spelled as labels: refusedHost and refused-host are "refused_host". */
export function* labelled(label: string, counts: object): Generator<readonly [Record<string, string>, number]> {
  for (const [key, value] of Object.entries(counts))
    if (typeof value === "number") yield [{ [label]: spelled(key) }, value];
}

function spelled(key: string): string {
  return key.replaceAll("-", "_").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
