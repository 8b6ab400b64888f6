// SPDX-License-Identifier: MIT
import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useCallback } from "react";
import type { Outcome } from "../state/rpc.ts";
import { texts } from "../texts/texts.ts";
import { useDialogs } from "./dialogs.tsx";

const TOAST_MS = 6_000;
/** How long a revoke can be undone from its toast; afterwards from the audit. */
export const UNDO_MS = 10_000;
const COLOR = { ack: "green", error: "red", unknown: "yellow", "not-sent": "red" } as const;

interface ToastText {
  readonly outcome: Outcome;
  readonly title: string;
  readonly body: string;
}

/** Tells outcomes; what went wrong stays until somebody has read it. */
export function useToast(): (toast: ToastText, undo?: () => void) => void {
  const { prepareToasts } = useDialogs();
  return useCallback(
    (toast, undo) => {
      prepareToasts();
      const id = notifications.show({
        title: toast.title,
        message: undo === undefined ? toast.body : <Undoable body={toast.body} onUndo={() => hideAnd(id, undo)} />,
        closeButtonProps: { "aria-label": texts.close },
        color: COLOR[toast.outcome],
        autoClose: toast.outcome !== "ack" ? false : undo === undefined ? TOAST_MS : UNDO_MS,
      });
    },
    [prepareToasts],
  );
}

function hideAnd(id: string, undo: () => void): void {
  notifications.hide(id);
  undo();
}

function Undoable({ body, onUndo }: { body: string; onUndo: () => void }) {
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <span>{body}</span>
      <Button size="compact-sm" variant="default" style={{ flex: "none" }} onClick={onUndo}>
        {texts.undo}
      </Button>
    </Group>
  );
}
