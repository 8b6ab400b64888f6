// SPDX-License-Identifier: MIT
import { Button, Group, Modal, ScrollArea, Stack, Text } from "@mantine/core";
import type { Grant } from "@mauth/protocol/api";
import { useMemo } from "react";
import { useData, useIsLive } from "../state/context.tsx";
import { belongingOf, indexSenders, indexSessions } from "../state/pairs.ts";
import { texts } from "../texts.ts";
import { formatBitRate, formatPacketRate } from "../ui/format.ts";
import { Pair } from "../ui/pair.tsx";
import { useRate } from "../ui/rate.tsx";
import type { DialogProps } from "./dialog.tsx";
import classes from "./dialogs.module.css";
import { useActions } from "./use-actions.ts";

/** Says who is cut off, and how busy they are, before it happens. */
export function RevokeDialog({ request, isOpen, onClose }: DialogProps<"revoke">) {
  const { grants } = request;
  const sessions = useData((data) => data.session);
  const senders = useData((data) => data.sender);
  const index = useMemo(() => indexSessions(sessions), [sessions]);
  const byPair = useMemo(() => indexSenders(senders), [senders]);
  const { run, progress } = useActions();
  const isLive = useIsLive();
  const submit = async (): Promise<void> => {
    const commands = grants.map(({ source, group, maxTtl }) => ({ command: "remove" as const, source, group, maxTtl }));
    await run("revoked", commands);
    onClose();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={texts.revokeDialog.title}
      size="lg"
      closeButtonProps={{ "aria-label": texts.close }}
    >
      <Stack gap="sm">
        <Text size="sm">{texts.revokeDialog.lead}</Text>
        <ScrollArea.Autosize mah="45vh" type="auto" className={classes["list"]}>
          <ul className={classes["rows"]}>
            {grants.map((grant) => {
              const belonging = belongingOf(grant, index);
              const title = belonging.kind === "session" ? belonging.session.title : texts.revokeDialog.noSession;
              const ids = (byPair.get(grant.id) ?? []).map((sender) => sender.id);
              return <CutOff key={grant.id} grant={grant} title={title} senderIds={ids} />;
            })}
          </ul>
        </ScrollArea.Autosize>
        <Group justify="flex-end" gap="xs">
          {progress !== null && progress.all > 1 && (
            <Text size="sm" c="dimmed" role="status">
              {texts.permitDialog.progress(progress.done, progress.all)}
            </Text>
          )}
          <Button variant="default" onClick={onClose}>
            {texts.cancel}
          </Button>
          <Button color="red" disabled={!isLive} loading={progress !== null} onClick={() => void submit()}>
            {texts.revokeDialog.submit(grants.length)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function CutOff({ grant, title, senderIds }: { grant: Grant; title: string; senderIds: readonly string[] }) {
  const rate = useRate(senderIds);
  const isSending = rate !== null && rate.packetsPerSecond > 0;
  const flow = isSending ? `${formatPacketRate(rate.packetsPerSecond)}, ${formatBitRate(rate.bitsPerSecond)}` : "";
  return (
    <li className={classes["row"]}>
      <div className={classes["pair"]}>
        <Pair source={grant.source} group={grant.group} />
        <Text size="xs" c="dimmed" truncate>
          {title}
        </Text>
      </div>
      <Text size="xs" fw={isSending ? 600 : 400} c={isSending ? "var(--mantine-color-error)" : "dimmed"}>
        {isSending && texts.revokeDialog.sending(flow)}
        {!isSending && senderIds.length > 0 && rate !== null && texts.revokeDialog.silent}
      </Text>
    </li>
  );
}
