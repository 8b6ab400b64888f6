// SPDX-License-Identifier: MIT
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { Group as MulticastGroup, Source } from "@mauth/protocol/api";
import { type FormEvent, useState } from "react";
import { useData, useIsLive } from "../state/context.tsx";
import { isCovered } from "../state/mrouters.ts";
import { DEFAULT_MAX_TTL } from "../state/ttl.ts";
import { texts } from "../texts.ts";
import { isMaxTtl, ScopePicker, type Ttl, TtlInput } from "./ttl-control.tsx";
import { useActions } from "./use-actions.ts";

/** Permits a sender that nobody announces and that has not been refused yet. */
export function ManualDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [source, setSource] = useState("");
  const [group, setGroup] = useState("");
  const [ttl, setTtl] = useState<Ttl>(DEFAULT_MAX_TTL);
  // Errors are shown after the first attempt, not while somebody still types.
  const [isTried, setIsTried] = useState(false);
  const { run, progress } = useActions();
  const isLive = useIsLive();
  const mrouters = useData((data) => data.mrouter);
  const isSource = Source.safeParse(source.trim()).success;
  const isGroup = MulticastGroup.safeParse(group.trim()).success;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setIsTried(true);
    if (!isSource || !isGroup || !isMaxTtl(ttl)) return;
    await run("permitted", [{ command: "add", source: source.trim(), group: group.trim(), maxTtl: ttl }]);
    onClose();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={texts.permitDialog.manualTitle}
      size={500}
      closeButtonProps={{ "aria-label": texts.close }}
    >
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="sm">
          <TextInput
            data-autofocus
            label={texts.permitDialog.source}
            description={texts.permitDialog.sourceHint}
            value={source}
            error={isTried && !isSource && texts.permitDialog.sourceInvalid}
            onChange={(event) => setSource(event.currentTarget.value)}
          />
          <TextInput
            label={texts.permitDialog.group}
            description={texts.permitDialog.groupHint}
            value={group}
            error={isTried && !isGroup && texts.permitDialog.groupInvalid}
            onChange={(event) => setGroup(event.currentTarget.value)}
          />
          <div>
            <Group justify="space-between" mb={6}>
              <Text size="sm" fw={500}>
                {texts.ttl.group}
              </Text>
              <TtlInput label={texts.ttl.label} value={ttl} onChange={setTtl} />
            </Group>
            <ScopePicker label={texts.ttl.group} value={ttl} onPick={setTtl} />
          </div>
          {isSource && !isCovered(source.trim(), mrouters) && (
            <Text size="xs" c="var(--mantine-color-error)" role="status">
              {texts.permitDialog.noMrouter}
            </Text>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {texts.cancel}
            </Button>
            <Button type="submit" disabled={!isLive} loading={progress !== null}>
              {texts.permitDialog.submit(1)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
