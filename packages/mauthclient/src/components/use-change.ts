// SPDX-License-Identifier: MIT
import { useCallback, useState } from "react";
import type * as z from "zod/mini";
import type { Content, Reply } from "../state/api.ts";
import { useApi } from "../state/context.tsx";
import { texts } from "../texts/texts.ts";
import { useToast } from "./use-toast.tsx";

interface Change<Schema extends z.ZodMiniType> {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly content?: Content;
  readonly schema?: Schema;
  /** The version that is changed; the caller tells what became of it when it is no longer that. */
  readonly ifMatch?: string | undefined;
  /** What it is about, for the toasts of a failure. */
  readonly what: string;
  /** Told when it went well; nothing is when absent. */
  readonly done?: { readonly title: string; readonly body: string };
}

/** Changes something by REST and tells how it ended. */
export function useChange() {
  const api = useApi();
  const tell = useToast();
  const [isBusy, setIsBusy] = useState(false);
  const run = useCallback(
    async <Schema extends z.ZodMiniType>(change: Change<Schema>): Promise<Reply<z.infer<Schema>>> => {
      setIsBusy(true);
      const { method, path, what, done, ...rest } = change;
      const reply = await api.send(method, path, rest);
      setIsBusy(false);
      const isOutdated = reply.outcome === "refused" && reply.status === 412 && rest.ifMatch !== undefined;
      if (isOutdated) return reply;
      if (reply.outcome === "refused") tell({ outcome: "error", ...texts.outcomes.errorBecause(what, reply.sentence) });
      else if (reply.outcome === "unknown") tell({ outcome: "unknown", ...texts.outcomes.unknownChange(what) });
      else if (done !== undefined) tell({ outcome: "ack", ...done });
      return reply;
    },
    [api, tell],
  );
  return { run, isBusy, progress: isBusy ? ONE : null };
}

const ONE = { done: 0, all: 1 } as const;
