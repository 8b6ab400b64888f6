// SPDX-License-Identifier: MIT
import type { Access } from "../accounts/access.ts";
import type { AccountRow } from "../accounts/accounts.ts";
import type { By } from "../by.ts";
import { refused } from "../http/problem.ts";
import type { Result } from "../http/problem.ts";
import type { Change } from "../store/store.ts";
import { isStill } from "./still.ts";

export type AccessParts = Pick<Access, "accounts" | "logins" | "tokens">;

/** Takes back a change of an account: its rights, its making, its removal; not its password, which somebody chose. */
export async function undoAccount(change: Change, by: By, { accounts, logins }: AccessParts): Promise<Result<unknown>> {
  const { key, op } = change;
  const before = change.before as AccountRow | null;
  if (before === null) {
    const removed = await accounts.remove(key, by, isStill(change));
    if (removed.ok) await logins.endAllOf(key, by);
    return removed;
  }
  if (op === "delete") return accounts.giveBack(before, by);
  const after = change.body as unknown as AccountRow;
  if (after.passwordHash !== before.passwordHash) return PASSWORD_STAYS;
  const edited = await accounts.edit(key, { role: before.role, scope: before.scope ?? null }, by, isStill(change));
  if (edited.ok) await logins.endAllOf(key, by);
  return edited;
}

/** Takes back that a token was made; one that has ended stays so. */
export async function undoToken({ key, before }: Change, by: By, { tokens }: AccessParts): Promise<Result<unknown>> {
  return before === null ? tokens.remove(key, by) : TOKEN_STAYS;
}

const PASSWORD_STAYS = refused(409, "a password that was replaced does not come back: set another one");
const TOKEN_STAYS = refused(409, "a token that has ended stays so, because its secret may be known: make another one");
