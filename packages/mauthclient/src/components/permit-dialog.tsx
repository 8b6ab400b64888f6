// SPDX-License-Identifier: MIT
import { Button, Checkbox, Text } from "@mantine/core";
import type { GrantInput } from "@mauth/protocol/api";
import { useState } from "react";
import type { Candidate } from "../state/candidates.ts";
import { useData, useHindrance, useIsApprover, useServerClock } from "../state/context.tsx";
import { type Limits, limitFields, NO_LIMITS } from "../state/limits.ts";
import { grantIdOf, type Order } from "../state/orders.ts";
import { defaultTtl, ttlNote } from "../state/ttl.ts";
import { texts } from "../texts/texts.ts";
import { Pair } from "../ui/pair.tsx";
import { DialogFrame, DialogRows } from "./dialog-frame.tsx";
import type { DialogProps } from "./dialog.tsx";
import classes from "./dialogs.module.css";
import { areLimitsValid, LimitFields } from "./limit-fields.tsx";
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
  const mustEnd = useIsApprover();
  const [limits, setLimits] = useState<Limits>(() => ({
    ...NO_LIMITS,
    ending: request.ending ?? (mustEnd ? "2h" : "open"),
  }));
  const grants = useData((data) => data.grant);
  const serverClock = useServerClock();
  const { run, progress } = useActions();
  const hindrance = useHindrance("approver");
  const isFollowing = limits.ending === "session";
  const sessionOf = ({ session }: Candidate): string | undefined => session ?? request.session?.id;
  const chosen = list.filter((one) => one.isChosen && !(isFollowing && sessionOf(one.candidate) === undefined));
  const common = chosen.every((one) => one.ttl === chosen[0]?.ttl) ? (chosen[0]?.ttl ?? null) : null;
  const submit = async (): Promise<void> => {
    const inputs = inputsOf(chosen, limits, { sessionOf, nowMs: serverClock() });
    const orders = inputs.map((input): Order => ({ kind: "permit", input, known: grants.get(grantIdOf(input)) }));
    await run("permitted", orders);
    request.onDone?.();
    onClose();
  };
  const change = (index: number, part: Partial<Choice>): void =>
    setList(list.map((one, at) => (at === index ? { ...one, ...part } : one)));

  return (
    <DialogFrame
      title={texts.permitDialog.title}
      isOpen={isOpen}
      onClose={onClose}
      size="lg"
      hindrance={hindrance}
      isReady={chosen.length > 0 && chosen.every((one) => isMaxTtl(one.ttl)) && areLimitsValid(limits)}
      submit={{ label: texts.permitDialog.submit(chosen.length), onSubmit: submit }}
      progress={progress}
    >
      {request.session !== undefined && (
        <Text fw={600} className={classes["title"] ?? ""} lineClamp={2}>
          {texts.permitDialog.forSession(request.session.title || texts.sessions.untitled)}
        </Text>
      )}
      <Text size="sm">{texts.permitDialog.leads[limits.ending]}</Text>
      <DialogRows>
        {list.map((choice, index) => (
          <li key={`${choice.candidate.source}>${choice.candidate.group}`} className={classes["row"]}>
            <ChoiceRow
              choice={choice}
              canExclude={list.length > 1}
              isLeftOut={isFollowing && sessionOf(choice.candidate) === undefined}
              onChange={(part) => change(index, part)}
            />
          </li>
        ))}
      </DialogRows>
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
      <LimitFields
        limits={limits}
        onChange={setLimits}
        hasSession={list.some((one) => sessionOf(one.candidate) !== undefined)}
        mustEnd={mustEnd}
      />
    </DialogFrame>
  );
}

/** One grant for each chosen sender; where the session is followed, one for each source and session. */
function inputsOf(
  chosen: readonly Choice[],
  limits: Limits,
  { sessionOf, nowMs }: { sessionOf: (candidate: Candidate) => string | undefined; nowMs: number },
): GrantInput[] {
  const fields = limitFields(limits, nowMs);
  const inputs = new Map<string, GrantInput>();
  for (const { candidate, ttl } of chosen) {
    if (!isMaxTtl(ttl)) continue;
    const followed = limits.ending === "session" ? sessionOf(candidate) : undefined;
    const target = followed === undefined ? { group: candidate.group } : { group: "session", session: followed };
    const input: GrantInput = { source: candidate.source, ...target, maxTtl: ttl, ...fields };
    const known = inputs.get(grantIdOf(input));
    inputs.set(grantIdOf(input), { ...input, maxTtl: Math.max(ttl, known?.maxTtl ?? 0) });
  }
  return [...inputs.values()];
}

interface ChoiceRowProps {
  readonly choice: Choice;
  readonly canExclude: boolean;
  /** Belongs to no session that could be followed. */
  readonly isLeftOut: boolean;
  readonly onChange: (part: Partial<Choice>) => void;
}

function ChoiceRow({ choice, canExclude, isLeftOut, onChange }: ChoiceRowProps) {
  const { candidate, isChosen, ttl } = choice;
  const note = isLeftOut
    ? { text: texts.permitDialog.leftOut, isWarning: true, useTtl: undefined }
    : ttlNote(candidate, ttl);
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
