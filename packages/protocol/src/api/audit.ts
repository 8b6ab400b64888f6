// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { Instant } from "./text.ts";

/** One line of the append-only log: who changed what, from where and why. */
export const AuditEntry = z.object({
  /** The revision, as text. */
  id: z.string(),
  rev: z.int(),
  at: Instant,
  /** Account, "token:NAME", "console" without accounts, "mauthserver" or "sap". */
  actor: z.string(),
  /** Address the change came from, null when it came from within. */
  from: z.nullable(z.string()),
  action: z.enum(["add", "change", "remove", "login", "logout", "refused"]),
  /** Kind of what was changed, such as "grant". */
  entity: z.string(),
  /** Its id. */
  key: z.string(),
  reason: z.optional(z.string()),
  /** Null when there was none. */
  before: z.nullable(z.record(z.string(), z.unknown())),
  after: z.nullable(z.record(z.string(), z.unknown())),
  /** The revision that this change undid. */
  undoes: z.optional(z.int()),
  /** SHA-256 over the hash of the entry before and this one, 64 hex digits. */
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;
