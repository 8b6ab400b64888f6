// SPDX-License-Identifier: MIT
import { Button } from "@mantine/core";
import { AuditEntry } from "@mauth/protocol/api";
import { useChange } from "../components/use-change.ts";
import { useHindrance } from "../state/context.tsx";
import { fieldChanges } from "../state/diff.ts";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import { RelativeTime } from "../ui/relative-time.tsx";
import classes from "./audit.module.css";

const UNDOABLE = new Set(["add", "change", "remove"]);

/** One line of the log; its fields unfold. */
export function AuditRow({ entry, onUndone }: { entry: AuditEntry; onUndone: () => void }) {
  const { rev, at, actor, from, action, entity, key, reason, undoes } = entry;
  const changes = fieldChanges(entry.before, entry.after);
  return (
    <li className={classes["entry"]}>
      <span className={classes["when"]}>
        <RelativeTime at={at} />
      </span>
      <span className={classes["what"]}>
        <strong>
          <bdi>{actor}</bdi>
        </strong>{" "}
        {pageTexts.audit.actions[action]} {entity} <bdi className={classes["key"]}>{key.replace(">", " → ")}</bdi>
        {undoes !== undefined && <span className={classes["dim"]}> {pageTexts.audit.undid(undoes)}</span>}
        {reason !== undefined && (
          <span className={classes["reason"]}>
            “<bdi>{reason}</bdi>”
          </span>
        )}
        {from !== null && <span className={classes["dim"]}> {pageTexts.audit.from(from)}</span>}
      </span>
      {UNDOABLE.has(action) && <Undo rev={rev} name={`${entity} ${key}`} onUndone={onUndone} />}
      {changes.length > 0 && (
        <details className={classes["diff"]}>
          <summary>{pageTexts.audit.fields(changes.length, rev)}</summary>
          <table>
            <thead>
              <tr>
                <th scope="col">{pageTexts.audit.field}</th>
                <th scope="col">{pageTexts.audit.before}</th>
                <th scope="col">{pageTexts.audit.after}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ field, before, after }) => (
                <tr key={field}>
                  <th scope="row">{field}</th>
                  <td>{before === undefined ? "–" : <del>{before}</del>}</td>
                  <td>{after === undefined ? "–" : <ins>{after}</ins>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </li>
  );
}

function Undo({ rev, name, onUndone }: { rev: number; name: string; onUndone: () => void }) {
  const hindrance = useHindrance("operator");
  const { run, isBusy } = useChange();
  const undo = async (): Promise<void> => {
    const done = pageTexts.audit.undone(name);
    const reply = await run({ method: "POST", path: `/audit/${rev}/undo`, schema: AuditEntry, what: name, done });
    if (reply.outcome === "ok") onUndone();
  };
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={isBusy}
      disabled={hindrance !== undefined}
      title={hindrance}
      aria-label={pageTexts.audit.undoOf(name)}
      onClick={() => void undo()}
    >
      {texts.undo}
    </Button>
  );
}
