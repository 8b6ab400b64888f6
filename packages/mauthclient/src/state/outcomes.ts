// SPDX-License-Identifier: MIT
import { outcomeText, texts } from "../texts/texts.ts";
import type { Order, Settled } from "./orders.ts";
import type { Outcome } from "./rpc.ts";

export interface Toast {
  readonly outcome: Outcome;
  readonly title: string;
  readonly body: string;
}

/** Pairs that a toast names before it counts. */
export const NAMED_MAX = 2;

/** What was asked for, as the past participle of a toast. */
export type Done = "permitted" | "changed" | "revoked" | "restored";

/** One toast for each kind of outcome among the orders, the bad ones last so that they end up on top. */
export function summarize(done: Done, settled: readonly Settled[]): Toast[] {
  const toasts: Toast[] = [];
  for (const outcome of ["ack", "not-sent", "error", "unknown"] as const) {
    const those = settled.filter((one) => one.outcome === outcome);
    if (those.length === 0) continue;
    const sentence = those.find((one) => one.sentence !== undefined)?.sentence;
    toasts.push({ outcome, ...outcomeText(done, outcome, nameAll(those.map((one) => one.order)), sentence) });
  }
  return toasts;
}

function nameAll(orders: readonly Order[]): string {
  if (orders.length > NAMED_MAX) return texts.senders(orders.length);
  return orders.map((order) => nameOf(order)).join(", ");
}

function nameOf(order: Order): string {
  const { source, group } = order.kind === "permit" ? order.input : order.grant;
  return texts.pair(source, group);
}
