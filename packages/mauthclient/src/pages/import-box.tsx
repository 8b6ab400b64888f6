// SPDX-License-Identifier: MIT
import { Button, Checkbox, FileInput } from "@mantine/core";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/Checkbox.css";
import type { GrantInput } from "@mauth/protocol/api";
import { useState } from "react";
import * as z from "zod/mini";
import { useChange } from "../components/use-change.ts";
import { useHindrance } from "../state/context.tsx";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import classes from "./admin.module.css";

/** Bytes of a file that is read; mauthserver takes no more. */
const FILE_BYTES_MAX = 4 << 20;
/** Lines of each kind that are shown. */
const LINES_MAX = 20;

const Pair = z.object({ source: z.string(), group: z.string() });
const Plan = z.object({
  add: z.array(Pair),
  change: z.array(z.object({ after: Pair })),
  remove: z.array(Pair),
  unchanged: z.int(),
  errors: z.array(z.object({ line: z.int(), detail: z.string() })),
  token: z.nullable(z.string()),
});
type Plan = z.infer<typeof Plan>;

/** Imports grants: first the plan of what would change, then the change. */
export function ImportBox() {
  const [file, setFile] = useState<File | null>(null);
  const [isReplacing, setIsReplacing] = useState(false);
  const [plan, setPlan] = useState<Plan | null>(null);
  const { run, isBusy } = useChange();
  const hindrance = useHindrance("operator");
  const what = pageTexts.settings.import;
  const read = async (): Promise<void> => {
    if (file === null) return;
    const text = await file.slice(0, FILE_BYTES_MAX).text();
    const path = `/import/plan${isReplacing ? "?replace=true" : ""}`;
    const isJson = file.name.toLowerCase().endsWith(".json");
    const content = isJson ? { type: "application/json", text } : { type: "text/csv", text };
    const reply = await run({ method: "POST", path, content, schema: Plan, what });
    if (reply.outcome === "ok") setPlan(reply.value);
  };
  const apply = async (): Promise<void> => {
    if (plan?.token === null || plan === null) return;
    const count = plan.add.length + plan.change.length + plan.remove.length;
    const done = pageTexts.settings.imported(count);
    const reply = await run({ method: "POST", path: "/import/apply", body: { token: plan.token }, what, done });
    if (reply.outcome === "ok") setPlan(null);
  };
  return (
    <div className={classes["form"]}>
      <FileInput
        label={pageTexts.settings.importFile}
        description={pageTexts.settings.importHint}
        placeholder={pageTexts.settings.choose}
        accept=".csv,.json,text/csv,application/json"
        w={320}
        value={file}
        onChange={(chosen) => {
          setFile(chosen);
          setPlan(null);
        }}
      />
      <Checkbox
        label={pageTexts.settings.replace}
        checked={isReplacing}
        onChange={(event) => {
          setIsReplacing(event.currentTarget.checked);
          setPlan(null);
        }}
      />
      <Button
        size="xs"
        variant="default"
        loading={isBusy}
        disabled={file === null || hindrance !== undefined}
        title={hindrance}
        onClick={() => void read()}
      >
        {pageTexts.settings.plan}
      </Button>
      {plan !== null && <PlanLines plan={plan} />}
      {plan !== null && (
        <Button size="xs" loading={isBusy} disabled={plan.token === null} onClick={() => void apply()}>
          {pageTexts.settings.apply}
        </Button>
      )}
    </div>
  );
}

function PlanLines({ plan }: { plan: Plan }) {
  const groups = [
    [pageTexts.settings.planned.add, plan.add],
    [pageTexts.settings.planned.change, plan.change.map((one) => one.after)],
    [pageTexts.settings.planned.remove, plan.remove],
  ] as const;
  return (
    <div role="status">
      {groups.map(([name, pairs]) => (
        <Lines key={name} name={name} pairs={pairs} />
      ))}
      <p className={classes["dim"]}>{pageTexts.settings.unchanged(plan.unchanged)}</p>
      {plan.errors.slice(0, LINES_MAX).map(({ line, detail }) => (
        <p key={line} className={classes["error"]}>
          {pageTexts.settings.errorIn(line, detail)}
        </p>
      ))}
    </div>
  );
}

function Lines({ name, pairs }: { name: string; pairs: readonly Pick<GrantInput, "source" | "group">[] }) {
  if (pairs.length === 0) return null;
  return (
    <>
      <strong>{pageTexts.settings.planLine(name, pairs.length)}</strong>
      <ul className={classes["plan"]}>
        {pairs.slice(0, LINES_MAX).map((pair) => (
          <li key={`${pair.source}>${pair.group}`}>{texts.pair(pair.source, pair.group)}</li>
        ))}
        {pairs.length > LINES_MAX && <li>{texts.revokeDialog.andMore(pairs.length - LINES_MAX)}</li>}
      </ul>
    </>
  );
}
