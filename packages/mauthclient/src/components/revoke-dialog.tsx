// SPDX-License-Identifier: MIT
import { Text } from "@mantine/core";
import type { Grant } from "@mauth/protocol/api";
import { useMemo } from "react";
import { sendersOf } from "../state/coverage.ts";
import { useData, useHindrance, useNow } from "../state/context.tsx";
import { rateAt, sumRates } from "../state/meter.ts";
import { belongingOf, indexSenders, indexSessions } from "../state/pairs.ts";
import { texts } from "../texts/texts.ts";
import { formatBitRate, formatPacketRate } from "../ui/format.ts";
import { Pair } from "../ui/pair.tsx";
import { useRate } from "../ui/rate.tsx";
import { DialogFrame, DialogRows } from "./dialog-frame.tsx";
import type { DialogProps } from "./dialog.tsx";
import classes from "./dialogs.module.css";
import { useActions } from "./use-actions.ts";

/** Rows that a dialog draws; of more it tells the number. */
const ROWS_MAX = 200;

/** Says who is cut off, and how busy they are, before it happens. */
export function RevokeDialog({ request, isOpen, onClose }: DialogProps<"revoke">) {
  const { grants } = request;
  const sessions = useData((data) => data.session);
  const senders = useData((data) => data.sender);
  const index = useMemo(() => indexSessions(sessions), [sessions]);
  const byPair = useMemo(() => indexSenders(senders), [senders]);
  const { run, progress } = useActions();
  const hindrance = useHindrance("approver");
  const submit = async (): Promise<void> => {
    onClose();
    request.onDone?.();
    await run(
      "revoked",
      grants.map((grant) => ({ kind: "revoke", grant })),
    );
  };
  const ids = grants.map((grant) => sendersOf(grant, byPair).map((sender) => sender.id));
  return (
    <DialogFrame
      title={texts.revokeDialog.title}
      isOpen={isOpen}
      onClose={onClose}
      size="lg"
      hindrance={hindrance}
      submit={{ label: texts.revokeDialog.submit(grants.length), isDanger: true, onSubmit: submit }}
      progress={progress}
    >
      <Text size="sm">{texts.revokeDialog.lead}</Text>
      {grants.length > 1 && <Toll senderIds={ids} />}
      <DialogRows>
        {grants.slice(0, ROWS_MAX).map((grant, at) => {
          const belonging = belongingOf(grant, index);
          const title = belonging.kind === "session" ? belonging.session.title : texts.revokeDialog.noSession;
          return <CutOff key={grant.id} grant={grant} title={title} senderIds={ids[at] ?? []} />;
        })}
        {grants.length > ROWS_MAX && (
          <li className={classes["row"]}>{texts.revokeDialog.andMore(grants.length - ROWS_MAX)}</li>
        )}
      </DialogRows>
      <Text size="xs" c="dimmed">
        {texts.revokeDialog.undoHint}
      </Text>
    </DialogFrame>
  );
}

/** How many of them are sending, and how much in all. */
function Toll({ senderIds }: { senderIds: readonly (readonly string[])[] }) {
  const meters = useData((data) => data.meters);
  const nowMs = useNow();
  const rates = senderIds.map((ids) => sumRates(ids.map((id) => rateAt(meters.get(id), nowMs))));
  const sending = rates.filter((rate) => rate !== null && rate.packetsPerSecond > 0);
  const sum = sumRates(sending);
  return (
    <Text size="sm" fw={600} role="status">
      {sum === null || sending.length === 0
        ? texts.revokeDialog.noneSends
        : texts.revokeDialog.someSend(sending.length, senderIds.length, formatBitRate(sum.bitsPerSecond))}
    </Text>
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
