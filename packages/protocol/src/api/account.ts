// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { GroupPrefix, Instant, Network } from "./text.ts";

/**
 * What an account may do. viewer: look; approver: permit for a limited time, within its scope, and revoke what it permitted; operator:
 * permit, revoke, announce, import, switch interfaces; admin: also mrouters, accounts, tokens and settings.
 */
export const Role = z.enum(["viewer", "approver", "operator", "admin"]);
export type Role = z.infer<typeof Role>;

/** Where an approver or a token may permit: sources and groups must each be in one of these. Absent: anywhere. */
export const AccountScope = z.object({
  sources: z.optional(z.array(Network)),
  groups: z.optional(z.array(GroupPrefix)),
});
export type AccountScope = z.infer<typeof AccountScope>;

/** Letters, digits, dot, hyphen and underscore; the first is a letter or digit. */
export const AccountName = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9._-]{0,31}$/i, "must be 1 to 32 letters, digits, dots, hyphens or underscores"));

/** Somebody who may log in. The password never leaves the server. */
export const Account = z.object({
  /** The name. */
  id: AccountName,
  role: Role,
  scope: z.optional(AccountScope),
  createdAt: Instant,
  lastLoginAt: z.nullable(Instant),
  /** Until when some place is locked out of it after wrong passwords, null when none is; browsers that are known to it may not be. */
  lockedUntil: z.nullable(Instant),
});
export type Account = z.infer<typeof Account>;

/** A key for programs. Its secret is shown once, when it is made. */
export const Token = z.object({
  /** 16 hex digits, no secret. */
  id: z.string(),
  /** What it is for, in the words of who made it. */
  name: z.string().check(z.minLength(1), z.maxLength(100)),
  role: Role,
  scope: z.optional(AccountScope),
  createdAt: Instant,
  createdBy: z.string(),
  /** Null: never. */
  expiresAt: z.nullable(Instant),
  lastUsedAt: z.nullable(Instant),
});
export type Token = z.infer<typeof Token>;

/** Who is asking, as `GET /api/v1/me` says. */
export const Me = z.object({
  name: z.string(),
  role: Role,
  scope: z.optional(AccountScope),
  /** To be sent as X-CSRF-Token with every change, and as ?csrf= when the push feed is opened. */
  csrfToken: z.string(),
  /** When the login ends if nothing is done, null for one that does not end. */
  expiresAt: z.nullable(Instant),
});
export type Me = z.infer<typeof Me>;
