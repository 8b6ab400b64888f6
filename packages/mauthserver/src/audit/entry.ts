// SPDX-License-Identifier: MIT
import type { AuditEntry } from "@mauth/protocol/api";
import type { Body, Change, Kind } from "../store/store.ts";

/** Kinds whose changes somebody has decided. Sessions follow from what is heard, removals from what is decided. */
export const AUDITED_KINDS = [
  "grant",
  "mrouter",
  "announcement",
  "setting",
  "account",
  "token",
  "login",
  "ignored",
] as const satisfies Kind[];

/** What the log holds and nobody may read: hashes of passwords and secrets, keys of mrouters. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(["passwordHash", "secretHash", "secret"]);

/** What the server keeps for itself among the settings. */
const OWN_SETTINGS: ReadonlySet<string> = new Set(["term-base", "mrouters-taken"]);

/** The key of the row that notes what was refused. */
export const REFUSED_KEY = "refused";

/** A line of the log as people read it; undefined for the server's own state. */
export function auditEntryOf(change: Change): AuditEntry | undefined {
  if (!AUDITED_KINDS.some((kind) => kind === change.kind)) return undefined;
  if (change.kind === "setting" && OWN_SETTINGS.has(change.key)) return undefined;
  const { rev, at, actor, from, reason, undoes, hash } = change;
  const common = {
    id: String(rev),
    rev,
    at,
    actor,
    from,
    hash,
    ...(reason !== undefined && { reason }),
    ...(undoes !== undefined && { undoes }),
  };
  if (change.kind === "login") return { ...common, ...loginOf(change) };
  const before = readable(change.before);
  const after = change.op === "put" ? readable(change.body) : null;
  const action = after === null ? "remove" : before === null ? "add" : "change";
  return { ...common, action, entity: change.kind, key: change.key, before, after };
}

/** The key of a login is a hash that nobody needs: its account is shown instead. */
function loginOf(change: Change): Pick<AuditEntry, "action" | "entity" | "key" | "before" | "after"> {
  const body = change.op === "put" ? change.body : (change.before ?? {});
  const key = textOf(body["account"]) ?? change.actor;
  if (change.key === REFUSED_KEY)
    return { action: "refused", entity: textOf(body["entity"]) ?? "login", key, before: null, after: null };
  return { action: change.op === "put" ? "login" : "logout", entity: "login", key, before: null, after: null };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function readable(body: Body | null): Record<string, unknown> | null {
  if (body === null) return null;
  return Object.fromEntries(Object.entries(body).filter(([field]) => !SECRET_FIELDS.has(field)));
}
