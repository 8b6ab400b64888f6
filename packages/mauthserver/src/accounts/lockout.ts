// SPDX-License-Identifier: MIT

/** Wrong passwords within the window after which an account is locked. */
export const FAILURES_MAX = 5;
const WINDOW_MS = 300_000;
export const LOCK_MS = 300_000;

interface Record {
  failures: number;
  firstMs: number;
  lockedUntilMs: number;
}

/** Counts wrong passwords by name; of more names than `namesMax` the oldest is forgotten. Times are monotonic ms. */
export class Lockout {
  readonly #records = new Map<string, Record>();
  readonly #namesMax: number;

  constructor(namesMax: number) {
    this.#namesMax = namesMax;
  }

  /** Notes a wrong password; true when it locks the account. */
  fail(name: string, nowMs: number): boolean {
    const known = this.#records.get(name);
    const record =
      known && nowMs - known.firstMs < WINDOW_MS ? known : { failures: 0, firstMs: nowMs, lockedUntilMs: 0 };
    this.#put(name, record);
    if (++record.failures < FAILURES_MAX) return false;
    this.#put(name, { failures: 0, firstMs: nowMs, lockedUntilMs: nowMs + LOCK_MS });
    return true;
  }

  #put(name: string, record: Record): void {
    this.#records.set(name, record);
    const [oldest] = this.#records.keys();
    if (this.#records.size > this.#namesMax && oldest !== undefined) this.#records.delete(oldest);
  }

  /** How long it stays locked; 0 when it is not. */
  waitMs(name: string, nowMs: number): number {
    return Math.max(0, (this.#records.get(name)?.lockedUntilMs ?? 0) - nowMs);
  }

  forget(name: string): void {
    this.#records.delete(name);
  }
}
