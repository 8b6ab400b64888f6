// SPDX-License-Identifier: MIT
import { Button, Checkbox, Group, Modal, ScrollArea, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Candidate } from "../state/candidates.ts";
import { useIsLive } from "../state/context.tsx";
import { defaultTtl, ttlNote } from "../state/ttl.ts";
import { texts } from "../texts.ts";
import { Pair } from "../ui/pair.tsx";
import { useIsNarrow } from "../ui/use-is-narrow.ts";
import type { DialogProps } from "./dialog.tsx";
import classes from "./dialogs.module.css";
import { isMaxTtl, ScopePicker, type Ttl, TtlInput } from "./ttl-control.tsx";
import { useActions } from "./use-actions.ts";

interface Choice {
  readonly candidate: Candidate;
  readonly isChosen: boolean;
  readonly ttl: Ttl;
}

function choices(candidates: readonly Candidate[]): Choice[] {
  return candidates.map((candidate) => ({
    candidate,
    isChosen: candidate.grantedTtl === undefined || candidates.length === 1,
    ttl: defaultTtl(candidate),
  }));
}

/** Shows exactly what will be permitted, sender by sender, before it happens. */
export function PermitDialog({ request, isOpen, onClose }: DialogProps<"permit">) {
  const [list, setList] = useState(() => choices(request.candidates));
  const { run, progress } = useActions();
  const isLive = useIsLive();
  const isNarrow = useIsNarrow();
  const chosen = list.filter((one) => one.isChosen);
  const common = chosen.every((one) => one.ttl === chosen[0]?.ttl) ? (chosen[0]?.ttl ?? null) : null;
  const submit = async (): Promise<void> => {
    const commands = chosen.flatMap(({ candidate: { source, group }, ttl }) =>
      isMaxTtl(ttl) ? [{ command: "add" as const, source, group, maxTtl: ttl }] : [],
    );
    await run("permitted", commands);
    onClose();
  };
  const change = (index: number, part: Partial<Choice>): void =>
    setList(list.map((one, at) => (at === index ? { ...one, ...part } : one)));

  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={texts.permitDialog.title}
      size="lg"
      fullScreen={isNarrow}
      closeButtonProps={{ "aria-label": texts.close }}
    >
      <Stack gap="sm">
        {request.title !== undefined && (
          <Text fw={600} className={classes["title"]} lineClamp={2}>
            {texts.permitDialog.forSession(request.title)}
          </Text>
        )}
        <Text size="sm">{texts.permitDialog.lead}</Text>
        <ScrollArea.Autosize mah="45vh" type="auto" className={classes["list"]}>
          <ul className={classes["rows"]}>
            {list.map((choice, index) => (
              <li key={`${choice.candidate.source}>${choice.candidate.group}`} className={classes["row"]}>
                <ChoiceRow choice={choice} canExclude={list.length > 1} onChange={(part) => change(index, part)} />
              </li>
            ))}
          </ul>
        </ScrollArea.Autosize>
        <div>
          <Text size="xs" fw={600} mb={4}>
            {list.length > 1 ? `${texts.ttl.group}: ${texts.permitDialog.setAll.toLowerCase()}` : texts.ttl.group}
          </Text>
          <ScopePicker
            label={texts.ttl.group}
            value={common}
            onPick={(ttl) => setList(list.map((one) => ({ ...one, ttl: one.isChosen ? ttl : one.ttl })))}
          />
          <Text size="xs" c="dimmed" mt={6}>
            {texts.ttl.hint}
          </Text>
        </div>
        <Group justify="flex-end" gap="xs">
          {progress !== null && progress.all > 1 && (
            <Text size="sm" c="dimmed" role="status">
              {texts.permitDialog.progress(progress.done, progress.all)}
            </Text>
          )}
          <Button variant="default" onClick={onClose}>
            {texts.cancel}
          </Button>
          <Button
            data-autofocus
            loading={progress !== null}
            disabled={!isLive || chosen.length === 0 || chosen.some((one) => !isMaxTtl(one.ttl))}
            onClick={() => void submit()}
          >
            {texts.permitDialog.submit(chosen.length)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface ChoiceRowProps {
  readonly choice: Choice;
  readonly canExclude: boolean;
  readonly onChange: (part: Partial<Choice>) => void;
}

function ChoiceRow({ choice, canExclude, onChange }: ChoiceRowProps) {
  const { candidate, isChosen, ttl } = choice;
  const note = ttlNote(candidate, ttl);
  const name = texts.pair(candidate.source, candidate.group);
  return (
    <>
      {canExclude && (
        <Checkbox
          size="xs"
          checked={isChosen}
          aria-label={texts.permitDialog.include(candidate.source, candidate.group)}
          onChange={(event) => onChange({ isChosen: event.currentTarget.checked })}
        />
      )}
      <div className={classes["pair"]}>
        <Pair source={candidate.source} group={candidate.group} />
        <Text size="xs" c={note.isWarning ? "var(--mantine-color-error)" : "dimmed"}>
          {note.text}
          {note.useTtl !== undefined && (
            <Button size="compact-xs" variant="subtle" ml={4} onClick={() => onChange({ ttl: note.useTtl ?? null })}>
              {texts.ttl.use(note.useTtl)}
            </Button>
          )}
        </Text>
      </div>
      <TtlInput label={`${texts.ttl.label} ${name}`} value={ttl} onChange={(next) => onChange({ ttl: next })} />
    </>
  );
}
