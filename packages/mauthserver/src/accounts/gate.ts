// SPDX-License-Identifier: MIT
import { timingSafeEqual } from "node:crypto";
import type { FirstAccount, FirstRun } from "@mauth/protocol/api";
import { refused } from "../http/problem.ts";
import type { Result } from "../http/problem.ts";
import type { Accounts } from "./accounts.ts";
import type { By } from "../by.ts";
import type { Logins } from "./logins.ts";
import type { Principal } from "./principal.ts";
import { csrfTokenOf } from "./secret.ts";
import type { Tokens } from "./tokens.ts";

/** What a request brings along to say who is asking. */
export interface Evidence {
  /** Value of the login cookie. */
  readonly cookie: string | undefined;
  /** Value of the Authorization field. */
  readonly authorization: string | undefined;
}

export interface GateOptions {
  readonly accounts: Accounts;
  readonly logins: Logins;
  readonly tokens: Tokens;
  /** While there is no account, everybody who reaches the server may decide. */
  readonly isOpenWithoutAccounts: boolean;
  /** Without it the first account could be made by anybody who comes first; undefined where only this machine can connect. */
  readonly firstRunCode: string | undefined;
}

/** Tells who is asking. */
export class Gate {
  readonly #options: GateOptions;
  readonly #openEnd = new AbortController();

  constructor(options: GateOptions) {
    this.#options = options;
    const { accounts } = options;
    accounts.onChanged(() => {
      if (accounts.size > 0) this.#openEnd.abort();
    });
  }

  get firstRun(): FirstRun {
    const needed = this.#options.accounts.size === 0;
    const codeNeeded = needed && this.#options.firstRunCode !== undefined;
    return { open: needed && this.#options.isOpenWithoutAccounts, needed, codeNeeded };
  }

  /** Makes the first account. */
  async begin(first: FirstAccount, by: By): Promise<Result<unknown>> {
    const { accounts, firstRunCode } = this.#options;
    if (accounts.size === 0 && firstRunCode !== undefined && !isSame(first.code ?? "", firstRunCode))
      return refused(403, "the code is wrong: it is in the log of mauthserver");
    return accounts.addFirst(first, by);
  }

  /** The one who is asking; 401 where nobody is known. */
  identify({ cookie, authorization }: Evidence): Result<Principal> {
    if (authorization !== undefined) return this.#ofToken(authorization);
    const login = cookie === undefined ? undefined : this.#ofLogin(cookie);
    if (login) return { ok: true, value: login };
    if (this.firstRun.open) return { ok: true, value: this.#console() };
    return this.firstRun.needed ? FIRST_RUN_NEEDED : LOGIN_NEEDED;
  }

  #ofToken(authorization: string): Result<Principal> {
    const secret = /^Bearer ([\w-]{1,128})$/i.exec(authorization)?.[1];
    const used = secret === undefined ? undefined : this.#options.tokens.use(secret);
    if (used === undefined) return WRONG_TOKEN;
    const { name, role, scope, expiresAt } = used.token;
    const rights = { role, ...(scope && { scope }) };
    const value = {
      name: `token:${name}`,
      ...rights,
      kind: "token",
      isConfirmed: true,
      csrfToken: "",
      expiresAt,
      ended: used.ended,
    } as const;
    return { ok: true, value };
  }

  #ofLogin(secret: string): Principal | undefined {
    const used = this.#options.logins.use(secret);
    const account = used && this.#options.accounts.find(used.account);
    if (account === undefined) return undefined;
    const { id, role, scope } = account;
    const { expiresAt, isConfirmed, ended } = used!;
    const rights = { role, ...(scope && { scope }) };
    return { name: id, ...rights, kind: "login", isConfirmed, csrfToken: csrfTokenOf(secret), expiresAt, ended };
  }

  #console(): Principal {
    return {
      name: "console",
      role: "admin",
      kind: "open",
      isConfirmed: true,
      csrfToken: "",
      expiresAt: null,
      ended: this.#openEnd.signal,
    };
  }
}

/** Compares in constant time; both are short. */
export function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

const LOGIN_NEEDED = refused(401, "log in first");
const FIRST_RUN_NEEDED = refused(401, "there is no account yet: make the first one");
const WRONG_TOKEN = refused(401, "the token is not valid");
