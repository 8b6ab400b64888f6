// SPDX-License-Identifier: MIT
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useIsLive } from "../state/context.tsx";
import { defaultTtl, ttlNote } from "../state/ttl.ts";
import { texts } from "../texts.ts";
import { Pair } from "../ui/pair.tsx";
import type { DialogProps } from "./dialog.tsx";
import { isMaxTtl, ScopePicker, type Ttl, TtlInput } from "./ttl-control.tsx";
import { useActions } from "./use-actions.ts";

/** Replaces the maximum TTL of one grant. */
export function EditDialog({ request, isOpen, onClose }: DialogProps<"edit">) {
  const { source, group } = request.candidate;
  const [ttl, setTtl] = useState<Ttl>(() => defaultTtl(request.candidate));
  const { run, progress } = useActions();
  const isLive = useIsLive();
  const note = ttlNote(request.candidate, ttl);
  const submit = async (): Promise<void> => {
    if (isMaxTtl(ttl)) await run("changed", [{ command: "add", source, group, maxTtl: ttl }]);
    onClose();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={texts.permitDialog.editTitle}
      size={500}
      closeButtonProps={{ "aria-label": texts.close }}
    >
      <Stack gap="sm">
        <Text size="sm">{texts.permitDialog.editLead}</Text>
        <Group justify="space-between" wrap="nowrap">
          <Pair source={source} group={group} />
          <TtlInput label={texts.ttl.label} value={ttl} onChange={setTtl} />
        </Group>
        <ScopePicker label={texts.ttl.group} value={ttl} onPick={setTtl} />
        <Text size="xs" c={note.isWarning ? "var(--mantine-color-error)" : "dimmed"}>
          {note.isWarning ? note.text : texts.ttl.hint}
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {texts.cancel}
          </Button>
          <Button disabled={!isLive || !isMaxTtl(ttl)} loading={progress !== null} onClick={() => void submit()}>
            {texts.permitDialog.save}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
