// SPDX-License-Identifier: MIT
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useLive } from "../state/context.tsx";
import { type Settled, summarize } from "../state/outcomes.ts";
import { texts } from "../texts.ts";
import type { SenderCommand } from "../state/rpc.ts";

const TOAST_MS = 6_000;
const COLOR = { ack: "green", error: "red", unknown: "yellow", "not-sent": "red" } as const;

/** Sends commands and tells the outcomes in toasts; `progress` is null while nothing is under way. */
export function useActions() {
  const live = useLive();
  const [progress, setProgress] = useState<{ done: number; all: number } | null>(null);
  const run = async (done: "permitted" | "changed" | "revoked", commands: readonly SenderCommand[]): Promise<void> => {
    setProgress({ done: 0, all: commands.length });
    const settled = await Promise.all(
      commands.map(async (command): Promise<Settled> => {
        const outcome = await live.call(command);
        setProgress((now) => now && { ...now, done: now.done + 1 });
        return { command, outcome };
      }),
    );
    setProgress(null);
    for (const toast of summarize(done, settled)) {
      const isFine = toast.outcome === "ack";
      notifications.show({
        title: toast.title,
        message: toast.body,
        closeButtonProps: { "aria-label": texts.close },
        color: COLOR[toast.outcome],
        // What went wrong stays until somebody has read it.
        autoClose: isFine ? TOAST_MS : false,
      });
    }
  };
  return { run, progress };
}
