// SPDX-License-Identifier: MIT
import { Group, Text, TextInput } from "@mantine/core";
import { isAnySource, isGroupAddress, isSourceAddress, parseAddress } from "@mauth/protocol/address";
import { GroupPrefix } from "@mauth/protocol/api";
import { useState } from "react";
import { useData, useHindrance, useIsApprover, useServerClock } from "../state/context.tsx";
import { type Limits, limitFields, NO_LIMITS } from "../state/limits.ts";
import { isCovered } from "../state/mrouters.ts";
import { grantIdOf } from "../state/orders.ts";
import { DEFAULT_MAX_TTL } from "../state/ttl.ts";
import { texts } from "../texts/texts.ts";
import { DialogFrame } from "./dialog-frame.tsx";
import type { DialogProps } from "./dialog.tsx";
import { areLimitsValid, LimitFields } from "./limit-fields.tsx";
import { isMaxTtl, ScopePicker, type Ttl, TtlInput } from "./ttl-control.tsx";
import { useActions } from "./use-actions.ts";

/** Permits a sender that nobody announces and that has not been refused yet. */
export function ManualDialog({ request, isOpen, onClose }: DialogProps<"manual">) {
  const [source, setSource] = useState(request.source ?? "");
  const [group, setGroup] = useState(request.group ?? "");
  const [ttl, setTtl] = useState<Ttl>(request.maxTtl ?? DEFAULT_MAX_TTL);
  const mustEnd = useIsApprover();
  const [limits, setLimits] = useState<Limits>({ ...NO_LIMITS, ending: mustEnd ? "2h" : "open" });
  // Errors are shown after the first attempt, not while somebody still types.
  const [isTried, setIsTried] = useState(false);
  const { run, progress } = useActions();
  const hindrance = useHindrance("approver");
  const serverClock = useServerClock();
  const grants = useData((data) => data.grant);
  const mrouters = useData((data) => data.mrouter);
  const isSource = isSourceText(source.trim());
  const isGroup = isGroupText(group.trim());
  const submit = async (): Promise<void> => {
    setIsTried(true);
    if (!isSource || !isGroup || !isMaxTtl(ttl)) return;
    const pair = { source: source.trim(), group: group.trim() };
    const input = { ...pair, maxTtl: ttl, ...limitFields(limits, serverClock()) };
    await run("permitted", [{ kind: "permit", input, known: grants.get(grantIdOf(input)) }]);
    onClose();
  };
  return (
    <DialogFrame
      title={texts.permitDialog.manualTitle}
      isOpen={isOpen}
      onClose={onClose}
      hindrance={hindrance}
      isReady={areLimitsValid(limits)}
      submit={{ label: texts.permitDialog.submit(1), onSubmit: submit }}
      progress={progress}
    >
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
      <LimitFields limits={limits} onChange={setLimits} hasSession={false} mustEnd={mustEnd} />
      {isSource && !isCovered(source.trim(), mrouters) && (
        <Text size="xs" c="var(--mantine-color-error)" role="status">
          {texts.permitDialog.noMrouter}
        </Text>
      )}
    </DialogFrame>
  );
}

function isSourceText(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && (isSourceAddress(address) || isAnySource(address));
}

function isGroupText(text: string): boolean {
  const address = parseAddress(text);
  return address === undefined ? GroupPrefix.safeParse(text).success : isGroupAddress(address);
}
