// SPDX-License-Identifier: MIT
import type { AnyCommand } from "@mauth/protocol/api";

/** Packets are summed over this long; the points of a plot are this far apart. */
export const SLOT_MS = 5_000;
/** 15 minutes. */
export const SLOTS_MAX = 180;
/** Counters that are remembered one by one; of more, only the sum is. */
export const SERIES_MAX = 20_000;

/** What became of the packets. */
export type Fate = "passed" | "refused";

/** The slot that is being filled and one beyond do not overwrite the oldest that is asked for. */
const RING = SLOTS_MAX + 2;

/** Packets of the last slots; a slot that nobody wrote holds zero. */
class Series {
  readonly #packets = new Float32Array(RING);
  #slot = 0;

  add(slot: number, packets: number): void {
    this.#forget(slot);
    const at = slot % RING;
    this.#packets[at] = (this.#packets[at] ?? 0) + packets;
  }

  /** Packets per second, oldest first, up to and with `slot`. */
  rates(slot: number): number[] {
    this.#forget(slot);
    return Array.from({ length: SLOTS_MAX }, (_, index) => {
      const packets = this.#packets[(slot - SLOTS_MAX + 1 + index) % RING] ?? 0;
      return (packets * 1000) / SLOT_MS;
    });
  }

  /** Packets of the last `count` slots. */
  sum(slot: number, count: number): number {
    this.#forget(slot);
    let sum = 0;
    for (let back = 0; back < count; back++) sum += this.#packets[(slot - back) % RING] ?? 0;
    return sum;
  }

  #forget(slot: number): void {
    const steps = Math.min(RING, slot - this.#slot);
    for (let step = 1; step <= steps; step++) this.#packets[(slot - steps + step) % RING] = 0;
    this.#slot = Math.max(this.#slot, slot);
  }
}

interface Counter {
  packets: number;
  readonly series: Series;
}

/** Remembers the counters of senders and refused pairs for 15 minutes, in memory that does not grow with time. */
export class Traffic {
  readonly #sums: Record<Fate, Series> = { passed: new Series(), refused: new Series() };
  readonly #counters: Record<Fate, Map<string, Counter>> = { passed: new Map(), refused: new Map() };
  /** The first slot that was seen as a whole; null before the first reading. */
  #firstSlot: number | null = null;

  /** Takes a command of the feed. What a snapshot says is where counting begins, because nobody knows when those packets were. */
  take(command: AnyCommand, atMs: number, isSnapshot: boolean): void {
    if (command.entity !== "sender" && command.entity !== "denied") return;
    this.#firstSlot ??= slotOf(atMs) + 1;
    const fate = command.entity === "sender" ? "passed" : "refused";
    const counters = this.#counters[fate];
    if (command.type === "remove") {
      counters.delete(command.value.id);
      return;
    }
    const { id, packets } = command.value;
    const known = counters.get(id);
    const since = isSnapshot ? packets : (known?.packets ?? 0);
    // A counter that runs backwards began again.
    const fresh = packets >= since ? packets - since : packets;
    this.#count({ fate, id, packets, fresh, slot: slotOf(atMs) }, known);
  }

  /** Packets per second in all, oldest first; null where nobody looked. */
  rates(fate: Fate, nowMs: number): (number | null)[] {
    return this.#seen(this.#sums[fate].rates(slotOf(nowMs)), nowMs);
  }

  /** Of one sender or refused pair, by its id; zeros when nothing is known of it. */
  ratesOf(fate: Fate, id: string, nowMs: number): (number | null)[] {
    const rates = this.#counters[fate].get(id)?.series.rates(slotOf(nowMs));
    return this.#seen(rates ?? Array.from({ length: SLOTS_MAX }, () => 0), nowMs);
  }

  /** The ids with the most packets in the last minute, the busiest first, and their packets per second. */
  busiest(fate: Fate, nowMs: number, max: number): { readonly id: string; readonly packetsPerSecond: number }[] {
    const seen = this.#firstSlot === null ? 0 : slotOf(nowMs) - this.#firstSlot + 1;
    const slots = Math.max(1, Math.min(60_000 / SLOT_MS, seen));
    return Array.from(this.#counters[fate], ([id, { series }]) => {
      return { id, packetsPerSecond: (series.sum(slotOf(nowMs), slots) * 1000) / (slots * SLOT_MS) };
    })
      .filter((one) => one.packetsPerSecond > 0)
      .sort((a, b) => b.packetsPerSecond - a.packetsPerSecond)
      .slice(0, max);
  }

  #seen(rates: readonly number[], nowMs: number): (number | null)[] {
    const hidden = this.#firstSlot === null ? SLOTS_MAX : this.#firstSlot - (slotOf(nowMs) - SLOTS_MAX + 1);
    return rates.map((rate, index) => (index < hidden ? null : rate));
  }

  #count(reading: { fate: Fate; id: string; packets: number; fresh: number; slot: number }, known?: Counter): void {
    const { fate, id, packets, fresh, slot } = reading;
    this.#sums[fate].add(slot, fresh);
    const counters = this.#counters[fate];
    if (known === undefined && counters.size >= SERIES_MAX) return;
    const counter = known ?? { packets, series: new Series() };
    counter.packets = packets;
    counter.series.add(slot, fresh);
    if (known === undefined) counters.set(id, counter);
  }
}

/** The instants of the points of a plot, seconds since the Unix epoch, oldest first. */
export function slotTimes(nowMs: number): number[] {
  const slot = slotOf(nowMs);
  return Array.from({ length: SLOTS_MAX }, (_, index) => ((slot - SLOTS_MAX + 1 + index) * SLOT_MS) / 1000);
}

export function slotOf(atMs: number): number {
  return Math.floor(atMs / SLOT_MS);
}
