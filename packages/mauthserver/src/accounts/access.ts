// SPDX-License-Identifier: MIT
import { randomBytes } from "node:crypto";
import { authorshipOf } from "../by.ts";
import type { Clock } from "../clock.ts";
import { SteadyClock } from "../steady-clock.ts";
import type { Fence, Row, Store } from "../store/store.ts";
import { Accounts } from "./accounts.ts";
import type { Commit } from "./keeping.ts";
import { Gate } from "./gate.ts";
import { Logins } from "./logins.ts";
import { Tokens } from "./tokens.ts";

/** Bytes of the code that makes the first account; 80 bits cannot be guessed over a network. */
const CODE_BYTES = 10;

export interface AccessOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly fence: Fence;
  /** Whether nothing may be done before there is an account. */
  readonly isLoginRequired: boolean;
}

/** Who may do what: everything about accounts that the server runs. */
export interface Access {
  readonly accounts: Accounts;
  readonly logins: Logins;
  readonly tokens: Tokens;
  readonly gate: Gate;
  /** Makes the first account where a login is required and there is none. */
  readonly firstRunCode: string | undefined;
  /** Writes what belongs to nobody else. */
  readonly commit: Commit;
}

/** Takes over what the store holds. */
export function createAccess(rows: readonly Row[], { store, clock, fence, isLoginRequired }: AccessOptions): Access {
  const commit: Commit = async (ops, by, note = {}) =>
    store.commit(ops, { ...authorshipOf(by, clock.wallMs()), ...note, fence });
  // A wall clock that jumps ends no login and no token, and prolongs none; the log is dated by it all the same.
  const steady = new SteadyClock(clock);
  const steadied: Clock = { ...clock, wallMs: () => steady.nowMs() };
  const keeping = { commit, store, clock: steadied, random: (bytes: number) => randomBytes(bytes) };
  const accounts = new Accounts(keeping);
  const logins = new Logins(keeping);
  const tokens = new Tokens(keeping);
  for (const part of [accounts, logins, tokens]) part.restore(rows);
  const firstRunCode = isLoginRequired && accounts.size === 0 ? randomBytes(CODE_BYTES).toString("hex") : undefined;
  const gate = new Gate({ accounts, logins, tokens, isOpenWithoutAccounts: !isLoginRequired, firstRunCode });
  return { accounts, logins, tokens, gate, firstRunCode, commit };
}
