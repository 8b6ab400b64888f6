// SPDX-License-Identifier: MIT
import type { Clock } from "./clock.ts";

/** One second hand for all relative times; it stands still while nobody looks. */
export class Ticker {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #nowMs: number;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#nowMs = clock.now();
  }

  readonly now = (): number => this.#nowMs;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#cancel === null) this.#tick();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#cancel?.();
      this.#cancel = null;
    };
  };

  #tick(): void {
    this.#nowMs = this.#clock.now();
    this.#cancel = this.#clock.after(1000, () => this.#tick());
    for (const listener of this.#listeners) listener();
  }
}
