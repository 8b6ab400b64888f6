// SPDX-License-Identifier: MIT
import { Button, Group, Text } from "@mantine/core";
import { Decision, type Grant } from "@mauth/protocol/api";
import { useState } from "react";
import { useHindrance, useIsApprover, useServerClock } from "../state/context.tsx";
import { type Limits, limitFields, limitsOf } from "../state/limits.ts";
import { ttlNote } from "../state/ttl.ts";
import { outcomeText, texts } from "../texts/texts.ts";
import { Pair } from "../ui/pair.tsx";
import { DialogFrame } from "./dialog-frame.tsx";
import type { DialogProps } from "./dialog.tsx";
import { areLimitsValid, LimitFields } from "./limit-fields.tsx";
import { isMaxTtl, ScopePicker, type Ttl, TtlInput } from "./ttl-control.tsx";
import { useChange } from "./use-change.ts";
import { useSeen } from "./use-seen.ts";
import { useToast } from "./use-toast.tsx";

/** A limit that is not chosen is taken away. */
const NO_FIELDS = { rate: null, binding: null, expiresAt: null, reason: null };

function decidedOf({ maxTtl, rate, binding, expiresAt, reason }: Grant) {
  return { maxTtl, rate, binding, expiresAt, reason };
}

/** Changes the limits of one grant. */
export function EditDialog({ request, isOpen, onClose }: DialogProps<"edit">) {
  const { grant } = request;
  const [ttl, setTtl] = useState<Ttl>(grant.maxTtl);
  const [limits, setLimits] = useState<Limits>(() => limitsOf(grant));
  const { run, progress } = useChange();
  const tell = useToast();
  const path = `/grants/${encodeURIComponent(grant.id)}`;
  const seen = useSeen(path, decidedOf(grant));
  const hindrance = useHindrance("approver");
  const serverClock = useServerClock();
  const mustEnd = useIsApprover();
  const note = ttlNote({ seenTtl: request.seenTtl, grantedTtl: grant.maxTtl }, ttl);
  const submit = async (): Promise<void> => {
    if (!isMaxTtl(ttl)) return;
    const body = { ...NO_FIELDS, maxTtl: ttl, ...limitFields(limits, serverClock()) };
    const what = texts.pair(grant.source, grant.group);
    const reply = await run({ method: "PATCH", path, body, schema: Decision, what, ifMatch: await seen.ifMatch() });
    if (seen.isOutdated(reply)) return;
    if (reply.outcome === "ok") {
      const { outcome, error } = reply.value;
      tell({ outcome, ...outcomeText("changed", outcome, what, error) });
    }
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
      meanwhile={seen.meanwhile}
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
