// SPDX-License-Identifier: MIT
import { setTimeout } from "node:timers/promises";
import type { Flow, Receiver } from "./traffic/receiver.ts";

const INTERVAL_MS = 1_000;
/** A rate that moved by less is the same rate. */
const CHANGE_RATIO = 0.3;

interface Rate {
  readonly path: string;
  readonly packetsPerSecond: number;
}

/** Prints what arrives at the receiver, once and then whenever it changes; never returns. */
export async function watch(receiver: Receiver): Promise<never> {
  let shown: Rate[] | undefined;
  let before = await receiver.flows();
  for (;;) {
    await setTimeout(INTERVAL_MS);
    const now = await receiver.flows();
    const rates = ratesBetween(before, now);
    if (shown === undefined || hasChanged(shown, rates)) {
      process.stdout.write(`receiver: ${describe(rates)}\n`);
      shown = rates;
    }
    before = now;
  }
}

function ratesBetween(before: readonly Flow[], now: readonly Flow[]): Rate[] {
  const earlier = new Map(before.map((flow) => [pathOf(flow), flow.packets]));
  const rates = now.map((flow) => ({
    path: pathOf(flow),
    packetsPerSecond: flow.packets - (earlier.get(pathOf(flow)) ?? 0),
  }));
  return rates.filter((rate) => rate.packetsPerSecond > 0);
}

function hasChanged(shown: readonly Rate[], rates: readonly Rate[]): boolean {
  if (shown.length !== rates.length) return true;
  return rates.some((rate) => {
    const old = shown.find(({ path }) => path === rate.path)?.packetsPerSecond ?? 0;
    return Math.abs(rate.packetsPerSecond - old) > CHANGE_RATIO * old;
  });
}

function describe(rates: readonly Rate[]): string {
  if (rates.length === 0) return "0 packets/s";
  return rates.map((rate) => `${rate.packetsPerSecond} packets/s from ${rate.path}`).join(", ");
}

function pathOf(flow: Flow): string {
  return `${flow.source} to ${flow.group}`;
}
