// SPDX-License-Identifier: MIT
import { outcomeText, texts } from "../texts.ts";
import type { Outcome, SenderCommand } from "./rpc.ts";

export interface Settled {
  readonly command: SenderCommand;
  readonly outcome: Outcome;
}

export interface Toast {
  readonly outcome: Outcome;
  readonly title: string;
  readonly body: string;
}

/** Pairs that a toast names before it counts. */
export const NAMED_MAX = 2;

/** One toast for each kind of outcome among the commands, the bad ones last so that they end up on top. */
export function summarize(done: "permitted" | "changed" | "revoked", settled: readonly Settled[]): Toast[] {
  const toasts: Toast[] = [];
  for (const outcome of ["ack", "not-sent", "error", "unknown"] as const) {
    const commands = settled.filter((one) => one.outcome === outcome).map((one) => one.command);
    if (commands.length > 0) toasts.push({ outcome, ...outcomeText(done, outcome, nameAll(commands)) });
  }
  return toasts;
}

function nameAll(commands: readonly SenderCommand[]): string {
  if (commands.length > NAMED_MAX) return texts.senders(commands.length);
  return commands.map((command) => texts.pair(command.source, command.group)).join(", ");
}
