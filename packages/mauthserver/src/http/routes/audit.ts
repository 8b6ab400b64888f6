// SPDX-License-Identifier: MIT
import { AuditEntry, LIMIT_MAX } from "@mauth/protocol/api";
import * as z from "zod/mini";
import { AUDITED_KINDS, auditEntryOf } from "../../audit/entry.ts";
import type { Undo } from "../../audit/undo.ts";
import type { Change, HistoryQuery, Store } from "../../store/store.ts";
import { formatCsv } from "../csv.ts";
import { refused } from "../problem.ts";
import { reply, route } from "../route.ts";
import type { Route } from "../route.ts";

/** Lines of one export; the next ones are asked for with `before`. */
export const EXPORT_LINES_MAX = 100_000;
/** Lines of the log that are looked at for one page. */
const SCANNED_MAX = 10_000;

const Whole = z.coerce.number().check(z.int(), z.nonnegative());
const Filter = z.strictObject({
  /** Lines with smaller revisions only. */
  before: z.optional(Whole),
  limit: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(LIMIT_MAX))),
  actor: z.optional(z.string().check(z.maxLength(200))),
  entity: z.optional(z.enum(AUDITED_KINDS)),
  key: z.optional(z.string().check(z.maxLength(200))),
  /** Instants: at or after the first, before the second. */
  since: z.optional(Whole),
  until: z.optional(Whole),
});
type Filter = z.infer<typeof Filter>;
const Export = z.extend(Filter, { format: z.optional(z.enum(["csv", "json"])) });

const Entries = z.object({
  items: z.array(AuditEntry),
  /** `before` of the next page, null at the end. */
  next: z.nullable(z.int()),
});

const Verified = z.object({
  /** Lines looked at. */
  lines: z.int(),
  /** Hash of the last chained line: noted elsewhere, it shows later that nothing before it was changed. */
  head: z.string(),
  /** The first revision that is not as it was written, or that is missing. */
  brokenAt: z.optional(z.int()),
});

export interface AuditParts {
  readonly store: Pick<Store, "history" | "verify">;
  readonly undo: Undo;
}

/** Who changed what, and taking it back. */
export function auditRoutes({ store, undo }: AuditParts): Route[] {
  return [
    route({
      method: "get",
      path: "/audit",
      summary: "Reads the audit log, the newest first.",
      role: "operator",
      query: Filter,
      answer: Entries,
      handle: async ({ query }) => reply(await pageOf(store, query, query.limit ?? 100)),
    }),
    route({
      method: "get",
      path: "/audit/export",
      summary: "Exports the audit log, the newest first.",
      role: "operator",
      query: Export,
      answerTypes: ["application/json", "text/csv"],
      async handle({ query: { format = "json", ...query } }) {
        const { items } = await pageOf(store, query, EXPORT_LINES_MAX);
        if (format === "json") return reply(items, attachment("json"));
        const pieces = formatCsv(COLUMNS, items, rowOf);
        return { ok: true, value: { text: { type: "text/csv", pieces }, ...attachment("csv") } };
      },
    }),
    route({
      method: "get",
      path: "/audit/verification",
      summary: "Computes the hash of every line of the log anew.",
      role: "admin",
      answer: Verified,
      handle: async () => reply(await store.verify()),
    }),
    route({
      method: "post",
      path: "/audit/{rev}/undo",
      keepsAnswer: true,
      summary: "Takes a change back with a new change; only what has not changed since.",
      role: "operator",
      answer: AuditEntry,
      // It may make an admin.
      needsPassword: async ({ params }) => (await findChange(store, params["rev"]))?.kind === "account",
      async handle({ params, by, principal }) {
        const change = await findChange(store, params["rev"]);
        if (change === undefined || principal === undefined) return refused(404, "there is no such change");
        const undone = await undo.undo(change, by, principal);
        if (!undone.ok) return undone;
        const [last] = await store.history({ before: undone.value + 1, limit: 1 });
        const made = last && auditEntryOf(last);
        return made ? reply(made) : refused(500, "the change was made, but it cannot be read");
      },
    }),
  ];
}

/** A change that people may read. */
async function findChange(store: Pick<Store, "history">, text = ""): Promise<Change | undefined> {
  const rev = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  const [change] = await store.history({ before: rev + 1, limit: 1 });
  return change?.rev === rev && auditEntryOf(change) ? change : undefined;
}

/** A page of entries; the server's own lines in between are left out. */
async function pageOf(
  store: Pick<Store, "history">,
  { entity, ...filter }: Filter,
  limit: number,
): Promise<z.infer<typeof Entries>> {
  const items: AuditEntry[] = [];
  const kinds = entity === undefined ? AUDITED_KINDS : [entity];
  let before = filter.before;
  for (let scanned = 0; scanned < Math.max(SCANNED_MAX, limit * 2);) {
    const query: HistoryQuery = definedOf({ ...filter, before, kinds, limit: Math.min(LIMIT_MAX, limit + 1) });
    const changes = await store.history(query);
    for (const change of changes) {
      const entry = auditEntryOf(change);
      if (entry === undefined) continue;
      if (items.length === limit) return { items, next: items.at(-1)?.rev ?? null };
      items.push(entry);
    }
    scanned += changes.length;
    before = changes.at(-1)?.rev;
    if (changes.length < query.limit || before === undefined) return { items, next: null };
  }
  return { items, next: before ?? null };
}

function definedOf(value: object): never {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as never;
}

const COLUMNS = [
  "rev",
  "at",
  "actor",
  "from",
  "action",
  "entity",
  "key",
  "reason",
  "undoes",
  "before",
  "after",
  "hash",
];

function rowOf(entry: AuditEntry): string[] {
  const { rev, at, actor, from, action, entity, key, reason, undoes, before, after, hash } = entry;
  const when = new Date(at).toISOString();
  return [
    String(rev),
    when,
    actor,
    from ?? "",
    action,
    entity,
    key,
    reason ?? "",
    undoes === undefined ? "" : String(undoes),
    jsonOf(before),
    jsonOf(after),
    hash,
  ];
}

function jsonOf(body: object | null): string {
  return body === null ? "" : JSON.stringify(body);
}

function attachment(extension: string): { headers: Record<string, string> } {
  return { headers: { "Content-Disposition": `attachment; filename="mauth-audit.${extension}"` } };
}
