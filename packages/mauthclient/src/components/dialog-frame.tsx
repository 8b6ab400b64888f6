// SPDX-License-Identifier: MIT
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import "@mantine/core/styles/Overlay.css";
import "@mantine/core/styles/ModalBase.css";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/Checkbox.css";
import "@mantine/core/styles/Modal.css";
import "@mantine/core/styles/NumberInput.css";
import type { FormEvent, ReactNode } from "react";
import { texts } from "../texts/texts.ts";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { useIsNarrow } from "../ui/use-is-narrow.ts";
import classes from "./dialogs.module.css";
import { MeanwhileNote } from "./meanwhile-note.tsx";
import type { Progress } from "./use-actions.ts";
import type { Meanwhile } from "./use-seen.ts";

interface DialogFrameProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly size?: number | string;
  /** Why nothing can be submitted now, undefined when it can. */
  readonly hindrance?: string | undefined;
  readonly isReady?: boolean;
  readonly submit: {
    readonly label: string;
    readonly isDanger?: boolean;
    readonly onSubmit: () => Promise<void> | void;
  };
  /** Of what is under way, null while nothing is. */
  readonly progress: Progress | null;
  /** What somebody else changed of it since it was opened. */
  readonly meanwhile?: Meanwhile | null;
  readonly children: ReactNode;
}

/** What every dialog about a decision has: a title, what it will do, how far it is, cancel and submit; Enter submits. */
export function DialogFrame(props: DialogFrameProps) {
  const { submit, progress, hindrance, isReady = true } = props;
  const isNarrow = useIsNarrow();
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (hindrance === undefined && isReady && progress === null) void submit.onSubmit();
  };
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title={props.title}
      size={props.size ?? 500}
      fullScreen={isNarrow}
      closeButtonProps={{ "aria-label": texts.close }}
    >
      <form onSubmit={onSubmit} noValidate>
        <Stack gap="sm">
          {props.children}
          {props.meanwhile && <MeanwhileNote meanwhile={props.meanwhile} />}
          <Group justify="flex-end" gap="xs">
            {progress !== null && progress.all > 1 && (
              <Text size="sm" c="dimmed" role="status">
                {texts.permitDialog.progress(progress.done, progress.all)}
              </Text>
            )}
            <Button variant="default" onClick={props.onClose}>
              {texts.cancel}
            </Button>
            <Button
              type="submit"
              data-autofocus
              {...(submit.isDanger === true ? { color: "red" } : {})}
              loading={progress !== null}
              disabled={hindrance !== undefined || !isReady}
              title={hindrance}
            >
              {submit.label}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** The senders that a dialog is about; scrolls by itself when there are many. */
export function DialogRows({ children }: { children: ReactNode }) {
  return (
    <ScrollRegion className={classes["list"]} label={texts.session.senders}>
      <ul className={classes["rows"]}>{children}</ul>
    </ScrollRegion>
  );
}
