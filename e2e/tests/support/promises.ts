// SPDX-License-Identifier: MIT
import type { CallEnd } from "./chaos-client.ts";

/** What may be true of each sender, as far as whoever decided was told: the maximum TTL, 0 for not permitted. */
export class Promises {
  readonly #possible = new Map<string, Set<number>>();
  readonly counts: Record<CallEnd, number> = { ack: 0, error: 0, unknown: 0 };

  /** Notes how a call ended; calls of one sender are made one after the other. */
  note(key: string, maxTtl: number, end: CallEnd): void {
    this.counts[end]++;
    if (end === "ack") this.#possible.set(key, new Set([maxTtl]));
    if (end === "unknown") this.#possible.set(key, new Set([...(this.#possible.get(key) ?? [0]), maxTtl]));
  }

  /** Senders of which the outcome is known, and those that are not as was promised. */
  broken(actual: ReadonlyMap<string, number>): string[] {
    const broken: string[] = [];
    for (const [key, possible] of this.#possible)
      if (!possible.has(actual.get(key) ?? 0))
        broken.push(`${key} is ${actual.get(key) ?? 0}, promised ${[...possible].join(" or ")}`);
    for (const key of actual.keys()) if (!this.#possible.has(key)) broken.push(`${key}: nobody decided that`);
    return broken;
  }

  get size(): number {
    return this.#possible.size;
  }
}
