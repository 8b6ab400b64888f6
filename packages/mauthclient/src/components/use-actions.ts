// SPDX-License-Identifier: MIT
import { useState } from "react";
import { useApi, useLive } from "../state/context.tsx";
import { carryOut, inputOf, type Order, type Settled } from "../state/orders.ts";
import { type Done, summarize } from "../state/outcomes.ts";
import { useToast } from "./use-toast.tsx";

export interface Progress {
  readonly done: number;
  readonly all: number;
}

/** Carries out decisions and tells the outcomes in toasts; `progress` is null while nothing is under way. */
export function useActions() {
  const live = useLive();
  const api = useApi();
  const tell = useToast();
  const [progress, setProgress] = useState<Progress | null>(null);
  const run = async (done: Done, orders: readonly Order[]): Promise<readonly Settled[]> => {
    setProgress({ done: 0, all: orders.length });
    const onSettled = (): void => setProgress((now) => now && { ...now, done: now.done + 1 });
    const settled = await carryOut(orders, { call: live.call, api }, onSettled);
    setProgress(null);
    for (const toast of summarize(done, settled)) {
      const isUndoable = done === "revoked" && toast.outcome === "ack";
      const undo = isUndoable ? () => void run("restored", restoring(settled)) : undefined;
      tell(toast, undo);
    }
    return settled;
  };
  return { run, progress };
}

/** The orders that bring revoked grants back as they were. */
function restoring(settled: readonly Settled[]): Order[] {
  return settled.flatMap(({ order, outcome }): Order[] =>
    order.kind === "revoke" && outcome === "ack" ? [{ kind: "permit", input: inputOf(order.grant) }] : [],
  );
}
