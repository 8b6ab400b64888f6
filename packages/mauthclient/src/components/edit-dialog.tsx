// SPDX-License-Identifier: MIT
import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { useHindrance, useIsApprover, useServerClock } from "../state/context.tsx";
import { type Limits, limitFields, limitsOf } from "../state/limits.ts";
import { inputOf } from "../state/orders.ts";
import { ttlNote } from "../state/ttl.ts";
import { texts } from "../texts.ts";
import { Pair } from "../ui/pair.tsx";
import { DialogFrame } from "./dialog-frame.tsx";
import type { DialogProps } from "./dialog.tsx";
import { areLimitsValid, LimitFields } from "./limit-fields.tsx";
import { isMaxTtl, ScopePicker, type Ttl, TtlInput } from "./ttl-control.tsx";
import { useActions } from "./use-actions.ts";

/** Changes the limits of one grant. */
export function EditDialog({ request, isOpen, onClose }: DialogProps<"edit">) {
  const { grant } = request;
  const [ttl, setTtl] = useState<Ttl>(grant.maxTtl);
  const [limits, setLimits] = useState<Limits>(() => limitsOf(grant));
  const { run, progress } = useActions();
  const hindrance = useHindrance("approver");
  const serverClock = useServerClock();
  const mustEnd = useIsApprover();
  const note = ttlNote({ seenTtl: request.seenTtl, grantedTtl: grant.maxTtl }, ttl);
  const submit = async (): Promise<void> => {
    if (!isMaxTtl(ttl)) return;
    const { source, group, session } = inputOf(grant);
    const target = { source, group, ...(session === undefined ? {} : { session }) };
    const input = { ...target, maxTtl: ttl, ...limitFields(limits, serverClock()) };
    await run("changed", [{ kind: "permit", input, known: grant }]);
    onClose();
  };
  return (
    <DialogFrame
      title={texts.permitDialog.editTitle}
      isOpen={isOpen}
      onClose={onClose}
      hindrance={hindrance}
      isReady={isMaxTtl(ttl) && areLimitsValid(limits)}
      submit={{ label: texts.permitDialog.save, onSubmit: submit }}
      progress={progress}
    >
      <Group justify="space-between" wrap="nowrap">
        <Pair source={grant.source} group={grant.group} />
        <TtlInput label={texts.ttl.label} value={ttl} onChange={setTtl} />
      </Group>
      <ScopePicker label={texts.ttl.group} value={ttl} onPick={setTtl} />
      <Text size="xs" c={note.isWarning ? "var(--mantine-color-error)" : "dimmed"}>
        {note.isWarning ? note.text : texts.ttl.hint}
        {note.useTtl !== undefined && (
          <Button size="compact-xs" variant="subtle" ml={4} onClick={() => setTtl(note.useTtl ?? null)}>
            {texts.ttl.use(note.useTtl)}
          </Button>
        )}
      </Text>
      <LimitFields limits={limits} onChange={setLimits} hasSession={false} mustEnd={mustEnd} />
    </DialogFrame>
  );
}
