// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { AccountName, AccountScope, Role, Token } from "./account.ts";
import { Instant, Title } from "./text.ts";

/** Characters of a password that is set; a login may be tried with any. */
export const PASSWORD_LENGTH_MIN = 8;
export const PASSWORD_LENGTH_MAX = 256;

/** A password that somebody chooses. */
export const NewPassword = z
  .string("must be a password")
  .check(
    z.minLength(PASSWORD_LENGTH_MIN, `must have at least ${PASSWORD_LENGTH_MIN} characters`),
    z.maxLength(PASSWORD_LENGTH_MAX, `may have at most ${PASSWORD_LENGTH_MAX} characters`),
  );

/** `POST /login`. */
export const Credentials = z.strictObject({
  name: z.string().check(z.maxLength(100)),
  password: z.string().check(z.maxLength(PASSWORD_LENGTH_MAX)),
});
export type Credentials = z.infer<typeof Credentials>;

/** `GET /first-run`. */
export const FirstRun = z.object({
  /** Everybody who reaches the server may decide, because there is no account. */
  open: z.boolean(),
  /** There is no account: the first one, an admin, can be made. */
  needed: z.boolean(),
  /** Making it takes the one-time code that the server has written to its log. */
  codeNeeded: z.boolean(),
});
export type FirstRun = z.infer<typeof FirstRun>;

/** `POST /first-run`. */
export const FirstAccount = z.strictObject({
  name: AccountName,
  password: NewPassword,
  code: z.optional(z.string().check(z.maxLength(100))),
});
export type FirstAccount = z.infer<typeof FirstAccount>;

/** `POST /accounts`. The name is kept in lower case. */
export const AccountInput = z.strictObject({
  name: AccountName,
  role: Role,
  scope: z.optional(AccountScope),
  password: NewPassword,
  reason: z.optional(z.string().check(z.maxLength(500))),
});
export type AccountInput = z.infer<typeof AccountInput>;

/** `PATCH /accounts/{name}`: what is absent stays. A new role, scope or password ends the account's logins. */
export const AccountPatch = z.strictObject({
  role: z.optional(Role),
  /** Null takes the scope away. */
  scope: z.optional(z.nullable(AccountScope)),
  password: z.optional(NewPassword),
  /** Ends a lock-out. */
  unlock: z.optional(z.literal(true)),
  reason: z.optional(z.string().check(z.maxLength(500))),
});
export type AccountPatch = z.infer<typeof AccountPatch>;

/** `POST /me/confirmation`: the own password once more, which is needed for what does harm in wrong hands. */
export const Confirmation = z.strictObject({
  password: z.string().check(z.maxLength(PASSWORD_LENGTH_MAX)),
});
export type Confirmation = z.infer<typeof Confirmation>;

/** `PUT /me/password`. */
export const PasswordChange = z.strictObject({
  oldPassword: z.string().check(z.maxLength(PASSWORD_LENGTH_MAX)),
  password: NewPassword,
});
export type PasswordChange = z.infer<typeof PasswordChange>;

/** `POST /tokens`. The role is at most that of who makes it. */
export const TokenInput = z.strictObject({
  name: Title,
  role: Role,
  scope: z.optional(AccountScope),
  /** Absent or null: never. */
  expiresAt: z.optional(z.nullable(Instant)),
  reason: z.optional(z.string().check(z.maxLength(500))),
});
export type TokenInput = z.infer<typeof TokenInput>;

/** Answer to `POST /tokens`. */
export const NewToken = z.extend(Token, {
  /** To be sent as "Authorization: Bearer SECRET". It is not shown again. */
  secret: z.string(),
});
export type NewToken = z.infer<typeof NewToken>;
