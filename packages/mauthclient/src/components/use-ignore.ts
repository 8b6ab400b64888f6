// SPDX-License-Identifier: MIT
import { useState } from "react";
import type { Reply } from "../state/api.ts";
import { useApi } from "../state/context.tsx";
import { pairId } from "../state/pair-id.ts";
import { texts } from "../texts/texts.ts";
import { useToast } from "./use-toast.tsx";

/** Requests that are under way at the same time. */
const PARALLEL_MAX = 8;

interface Pair {
  readonly source: string;
  readonly group: string;
}

/** Takes refused pairs out of everybody's inbox, or puts them back, and tells the outcome. */
export function useIgnore() {
  const api = useApi();
  const tell = useToast();
  const [isBusy, setIsBusy] = useState(false);
  const run = async (method: "PUT" | "DELETE", pairs: readonly Pair[]): Promise<void> => {
    setIsBusy(true);
    const ids = [...new Set(pairs.map((pair) => pairId(pair)))];
    const replies = await inParallel(ids, (id) =>
      api.send(method, `/denied/${encodeURIComponent(id)}/ignored`, method === "PUT" ? { body: {} } : {}),
    );
    setIsBusy(false);
    const [first] = pairs;
    if (first === undefined) return;
    const what = ids.length === 1 ? texts.pair(first.source, first.group) : texts.senders(ids.length);
    tell(toastOf(method, what, replies));
  };
  return { run, isBusy };
}

function toastOf(method: "PUT" | "DELETE", what: string, replies: readonly Reply<unknown>[]) {
  const refused = replies.find((reply) => reply.outcome === "refused");
  if (refused !== undefined)
    return { outcome: "error", ...texts.outcomes.errorBecause(what, refused.sentence) } as const;
  if (replies.some((reply) => reply.outcome === "unknown"))
    return { outcome: "unknown", ...texts.outcomes.unknown(what) } as const;
  const done = method === "PUT" ? texts.refused.ignoredToast(what) : texts.refused.unignoredToast(what);
  return { outcome: "ack", ...done } as const;
}

async function inParallel<Item, Result>(items: readonly Item[], call: (item: Item) => Promise<Result>) {
  const results: Result[] = [];
  const queue = [...items];
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) results.push(await call(item));
  };
  await Promise.all(Array.from({ length: PARALLEL_MAX }, work));
  return results;
}
