// SPDX-License-Identifier: MIT
import { ActionIcon } from "@mantine/core";
import type { Grant } from "@mauth/protocol/api";
import { IconCheck, IconPencil, IconX } from "@tabler/icons-react";
import { type KeyboardEvent, useState } from "react";
import { useHindrance } from "../state/context.tsx";
import { inputOf } from "../state/orders.ts";
import { texts } from "../texts/texts.ts";
import { ScopeBadge } from "../ui/badges.tsx";
import classes from "./inline-ttl.module.css";
import { isMaxTtl } from "./ttl-control.tsx";
import { useActions } from "./use-actions.ts";

/** The maximum TTL of a grant, changed where it stands: Enter saves, Escape leaves it as it was. */
export function InlineTtl({ grant }: { grant: Grant }) {
  const [typed, setTyped] = useState<string | null>(null);
  const hindrance = useHindrance("approver");
  if (typed !== null) return <Editor grant={grant} typed={typed} setTyped={setTyped} />;
  return (
    <span className={classes["cell"]}>
      <ScopeBadge ttl={grant.maxTtl} />
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        disabled={hindrance !== undefined}
        aria-label={texts.grants.edit}
        title={hindrance ?? texts.grants.edit}
        onClick={() => setTyped(String(grant.maxTtl))}
      >
        <IconPencil size={14} aria-hidden />
      </ActionIcon>
    </span>
  );
}

interface EditorProps {
  readonly grant: Grant;
  readonly typed: string;
  readonly setTyped: (typed: string | null) => void;
}

function Editor({ grant, typed, setTyped }: EditorProps) {
  const { run, progress } = useActions();
  const ttl = /^\d{1,3}$/.test(typed) ? Number(typed) : null;
  const isBusy = progress !== null;
  const save = async (): Promise<void> => {
    if (!isMaxTtl(ttl) || isBusy) return;
    if (ttl !== grant.maxTtl)
      await run("changed", [{ kind: "permit", input: { ...inputOf(grant), maxTtl: ttl }, known: grant }]);
    setTyped(null);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter") void save();
    if (event.key === "Escape") setTyped(null);
  };
  return (
    <span className={classes["cell"]}>
      <input
        className={classes["input"]}
        inputMode="numeric"
        maxLength={3}
        aria-label={texts.ttl.label}
        aria-invalid={!isMaxTtl(ttl)}
        title={texts.ttl.invalid}
        // The pencil that had the focus is gone; the field that replaces it takes it over.
        autoFocus
        disabled={isBusy}
        value={typed}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={onKey}
      />
      <ActionIcon
        size="sm"
        variant="subtle"
        aria-label={texts.permitDialog.save}
        loading={isBusy}
        disabled={!isMaxTtl(ttl)}
        onClick={() => void save()}
      >
        <IconCheck size={14} aria-hidden />
      </ActionIcon>
      <ActionIcon size="sm" variant="subtle" color="gray" aria-label={texts.cancel} onClick={() => setTyped(null)}>
        <IconX size={14} aria-hidden />
      </ActionIcon>
    </span>
  );
}
