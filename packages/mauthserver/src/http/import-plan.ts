// SPDX-License-Identifier: MIT
import type { Grant, GrantInput, ImportPlan } from "@mauth/protocol/api";
import { rowOf } from "../grants/grant.ts";
import type { GrantTable } from "../grants/table.ts";
import type { Imported } from "./grant-csv.ts";

/** What an import would change, with the revisions on which that is based: 0 where there is no grant. */
export interface Plan {
  readonly shown: Omit<ImportPlan, "token">;
  readonly permit: readonly GrantInput[];
  readonly revoke: readonly string[];
  readonly expected: ReadonlyMap<string, number>;
}

/** Compares an import with what is granted. With `isWhole` what it does not have is removed. */
export function planImport(
  { grants, errors }: Imported,
  { table, nowMs, isWhole }: { table: GrantTable; nowMs: number; isWhole: boolean },
): Plan {
  const plan = { add: [] as GrantInput[], change: [] as ImportPlan["change"], remove: [] as Grant[], unchanged: 0 };
  const wrong = [...errors];
  const expected = new Map<string, number>();
  for (const [index, input] of grants.entries()) {
    const row = rowOf(input, { wallMs: nowMs, by: "" });
    if (typeof row === "string") wrong.push({ line: index + 1, detail: row });
    else if (expected.has(row.id)) wrong.push({ line: index + 1, detail: `${row.id} is there twice` });
    else {
      const kept = table.get(row.id);
      expected.set(row.id, kept?.rev ?? 0);
      if (kept === undefined) plan.add.push(input);
      else if (isSameInput(kept.row, row)) plan.unchanged++;
      else plan.change.push({ before: grantOf(kept.row), after: input });
    }
  }
  for (const { row, rev } of isWhole ? table.values() : [])
    if (!expected.has(row.id)) {
      expected.set(row.id, rev);
      plan.remove.push(grantOf(row));
    }
  const permit = [...plan.add, ...plan.change.map(({ after }) => after)];
  return { shown: { ...plan, errors: wrong }, permit, revoke: plan.remove.map(({ id }) => id), expected };
}

/** Whether every grant of a plan is as it was when the plan was made. */
export function isCurrent({ expected }: Plan, table: GrantTable): boolean {
  for (const [id, rev] of expected) if ((table.get(id)?.rev ?? 0) !== rev) return false;
  return true;
}

const FIELDS = ["maxTtl", "rate", "binding", "expiresAt", "reason"] as const;

function isSameInput(one: Partial<GrantInput>, other: Partial<GrantInput>): boolean {
  return FIELDS.every((field) => JSON.stringify(one[field]) === JSON.stringify(other[field]));
}

function grantOf(row: object): Grant {
  return { ...row, enforcement: [] } as unknown as Grant;
}
