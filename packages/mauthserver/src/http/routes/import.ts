// SPDX-License-Identifier: MIT
import { randomBytes } from "node:crypto";
import { IMPORT_MAX, ImportApply, ImportPlan, ImportResult } from "@mauth/protocol/api";
import * as z from "zod/mini";
import { objectionToPermit, objectionToRevoke } from "../../accounts/permission.ts";
import type { Principal } from "../../accounts/principal.ts";
import { becauseOf } from "../../by.ts";
import type { Clock } from "../../clock.ts";
import { formatGrants, parseGrantsCsv, parseGrantsJson } from "../grant-csv.ts";
import { isCurrent, planImport } from "../import-plan.ts";
import type { Plan } from "../import-plan.ts";
import { refused } from "../problem.ts";
import { reply, route } from "../route.ts";
import type { Route } from "../route.ts";
import { inputOf, shownDecision } from "./grants.ts";
import type { GrantParts } from "./grants.ts";

/** Bytes of an import: 10,000 grants with a reason each. */
const IMPORT_BYTES_MAX = 4 * 1024 * 1024;
/** Plans that may wait to be applied, and how long. */
const PLANS_MAX = 16;
const PLAN_LIFETIME_MS = 600_000;
const TOKEN_BYTES = 16;

const Format = z.strictObject({ format: z.optional(z.enum(["csv", "json"])) });
const PlanQuery = z.strictObject({
  /** true: grants that the import does not have are revoked. */
  replace: z.optional(z.enum(["true", "false"])),
});

interface Waiting {
  readonly plan: Plan;
  readonly name: string;
  readonly atMs: number;
}

export interface ImportParts extends GrantParts {
  readonly clock: Clock;
}

/** Grants as a file, and a file as grants: what it would change is shown before it is changed. */
export function importRoutes(parts: ImportParts): Route[] {
  const { authority, board, clock } = parts;
  const waiting = new Map<string, Waiting>();
  return [
    route({
      method: "get",
      path: "/export",
      summary: "Exports every grant.",
      role: "viewer",
      query: Format,
      answerTypes: ["application/json", "text/csv"],
      handle({ query: { format = "json" } }) {
        const grants = inputs(parts);
        const pieces = format === "csv" ? formatGrants(grants) : formatJson(grants);
        const type = format === "csv" ? "text/csv" : "application/json";
        const headers = { "Content-Disposition": `attachment; filename="mauth-grants.${format}"` };
        return { ok: true, value: { text: { type, pieces }, headers } };
      },
    }),
    route({
      method: "post",
      path: "/import/plan",
      summary: "Tells what an import of grants would change.",
      role: "operator",
      query: PlanQuery,
      body: z.unknown(),
      bodyBytesMax: IMPORT_BYTES_MAX,
      bodyTypes: ["application/json", "text/csv"],
      answer: ImportPlan,
      handle({ query, body, by }) {
        const imported = typeof body === "string" ? parseGrantsCsv(body) : parseGrantsJson(body);
        if (imported.grants.length > IMPORT_MAX) return refused(413, `at most ${IMPORT_MAX} grants at a time`);
        const isWhole = query.replace === "true";
        const plan = planImport(imported, { table: authority.grants, nowMs: clock.wallMs(), isWhole });
        const isOfUse = plan.shown.errors.length === 0 && plan.permit.length + plan.revoke.length > 0;
        if (!isOfUse) return reply({ ...plan.shown, token: null });
        const token = randomBytes(TOKEN_BYTES).toString("base64url");
        keep(waiting, token, { plan, name: by.name, atMs: clock.monotonicMs() });
        return reply({ ...plan.shown, token });
      },
    }),
    route({
      method: "post",
      path: "/import/apply",
      keepsAnswer: true,
      summary: "Carries a plan out, once; refused when a grant of it has changed since.",
      role: "operator",
      body: ImportApply,
      answer: ImportResult,
      needsPassword: ({ body }) => (waiting.get(body.token)?.plan.revoke.length ?? 0) > 1,
      async handle({ body: { token, reason }, by, principal }) {
        const found = waiting.get(token);
        if (found?.name !== by.name || clock.monotonicMs() - found.atMs > PLAN_LIFETIME_MS || principal === undefined)
          return refused(404, "there is no such plan: plan again");
        waiting.delete(token);
        const { plan } = found;
        if (!isCurrent(plan, authority.grants)) return refused(409, "grants have changed since the plan: plan again");
        const objection = objectionTo(plan, principal, parts);
        if (objection !== undefined) return refused(403, objection);
        const because = becauseOf(by, reason ?? "import");
        const decisions = await Promise.all([
          ...plan.permit.map(async (input) => authority.permit(input, because)),
          ...plan.revoke.map(async (id) => authority.revoke(id, because)),
        ]);
        return reply({ results: decisions.map((decided) => shownDecision(decided, board)) });
      },
    }),
  ];
}

function* inputs({ authority }: ImportParts): Generator<ReturnType<typeof inputOf>> {
  for (const { row } of authority.grants.values()) yield inputOf(row);
}

function* formatJson(values: Iterable<object>): Generator<string> {
  let before = "[";
  for (const value of values) {
    yield `${before}\n${JSON.stringify(value)}`;
    before = ",";
  }
  yield before === "[" ? "[]\n" : "\n]\n";
}

function keep(waiting: Map<string, Waiting>, token: string, one: Waiting): void {
  const [oldest] = waiting.keys();
  if (waiting.size >= PLANS_MAX && oldest !== undefined) waiting.delete(oldest);
  waiting.set(token, one);
}

function objectionTo(plan: Plan, who: Principal, { authority }: ImportParts): string | undefined {
  for (const input of plan.permit) {
    const objection = objectionToPermit(who, input);
    if (objection !== undefined) return objection;
  }
  for (const id of plan.revoke) {
    const objection = objectionToRevoke(who, authority.grants.get(id)?.row);
    if (objection !== undefined) return objection;
  }
  return undefined;
}
