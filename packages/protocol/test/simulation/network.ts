// SPDX-License-Identifier: MIT
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";

/** How bad a network is. */
export interface Weather {
  readonly loss: number;
  readonly duplication: number;
  /** Of datagrams that take up to `lateMs` instead of up to 5 ms. */
  readonly lateness: number;
  readonly lateMs: number;
}

/** Loses, duplicates, delays and so reorders datagrams, until it is told to be calm. */
export class Network {
  isCalm = false;
  /** Every datagram takes 6.8 to 12 s, longer than a v2 client waits. */
  isSlow = false;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #weather: Weather;

  constructor(scheduler: Scheduler, random: Random, weather: Weather) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#weather = weather;
  }

  send(deliver: () => void): void {
    const copies = !this.isCalm && this.#random.chance(this.#weather.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.isCalm || !this.#random.chance(this.#weather.loss)) this.#scheduler.after(this.#delayMs(), deliver);
    }
  }

  #delayMs(): number {
    if (this.isSlow) return 6800 + this.#random.next() * 5200;
    const isLate = !this.isCalm && this.#random.chance(this.#weather.lateness);
    return 0.1 + this.#random.next() * (isLate ? this.#weather.lateMs : 5);
  }
}
