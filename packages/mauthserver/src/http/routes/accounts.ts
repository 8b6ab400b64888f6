// SPDX-License-Identifier: MIT
import { Account, AccountInput, AccountPatch, listOf, NewToken, Page, Token, TokenInput } from "@mauth/protocol/api";
import type { Accounts } from "../../accounts/accounts.ts";
import type { Logins } from "../../accounts/logins.ts";
import type { Tokens } from "../../accounts/tokens.ts";
import type { Store } from "../../store/store.ts";
import { explainChange } from "../changed.ts";
import { isMatch } from "../if-match.ts";
import { refused } from "../problem.ts";
import { NOTHING, reply, route } from "../route.ts";
import type { Reply, Route } from "../route.ts";
import { pageOf } from "./page.ts";

export interface AccountParts {
  readonly accounts: Accounts;
  readonly logins: Logins;
  readonly tokens: Tokens;
  readonly board: { readonly rev: number };
  readonly store: Pick<Store, "history">;
}

/** Who may do what: accounts and tokens. */
export function accountRoutes({ accounts, logins, tokens, board, store }: AccountParts): Route[] {
  const shown = (account: Account, more: Omit<Reply, "json" | "rev"> = {}) =>
    reply(accounts.find(account.id) ?? account, { ...more, rev: accounts.revOf(account.id) });
  return [
    route({
      method: "get",
      path: "/accounts",
      summary: "Lists accounts.",
      role: "admin",
      query: Page,
      answer: listOf(Account),
      handle: ({ query }) => reply({ ...pageOf(accounts.list(), query, () => true), rev: board.rev }),
    }),
    route({
      method: "post",
      path: "/accounts",
      summary: "Makes an account.",
      role: "admin",
      body: AccountInput,
      answer: Account,
      status: 201,
      needsPassword: ({ body }) => body.role === "admin",
      async handle({ body, by }) {
        const made = await accounts.add(body, by);
        if (!made.ok) return made;
        return shown(made.value, { status: 201, headers: { Location: `/api/v1/accounts/${made.value.id}` } });
      },
    }),
    route({
      method: "get",
      path: "/accounts/{name}",
      summary: "Reads an account.",
      role: "admin",
      answer: Account,
      isConditional: true,
      handle({ params }) {
        const found = accounts.find(params["name"] ?? "");
        return found ? shown(found) : refused(404, "there is no such account");
      },
    }),
    route({
      method: "patch",
      path: "/accounts/{name}",
      summary: "Changes an account; a new role, scope or password ends its logins.",
      role: "admin",
      body: AccountPatch,
      answer: Account,
      isConditional: true,
      needsPassword: ({ body: { role, password } }) => role === "admin" || password !== undefined,
      async handle({ params, body, by, cookie, ifMatch }) {
        const name = (params["name"] ?? "").toLowerCase();
        const edited = await accounts.edit(name, body, by, (rev) => isMatch(ifMatch, rev));
        if (!edited.ok) return explainChange(edited, store, { kind: "account", key: name, ifMatch });
        const own = by.name === name ? cookie : undefined;
        if (body.role !== undefined || body.scope !== undefined || body.password !== undefined)
          await logins.endAllOf(name, by, own);
        return shown(edited.value);
      },
    }),
    route({
      method: "delete",
      path: "/accounts/{name}",
      summary: "Removes an account and ends its logins.",
      role: "admin",
      isConditional: true,
      needsPassword: () => true,
      async handle({ params, by, ifMatch }) {
        const name = (params["name"] ?? "").toLowerCase();
        const removed = await accounts.remove(name, by, (rev) => isMatch(ifMatch, rev));
        if (!removed.ok) return explainChange(removed, store, { kind: "account", key: name, ifMatch });
        await logins.endAllOf(name, by);
        return NOTHING;
      },
    }),
    route({
      method: "get",
      path: "/tokens",
      summary: "Lists tokens, without their secrets.",
      role: "admin",
      query: Page,
      answer: listOf(Token),
      handle: ({ query }) => reply({ ...pageOf(tokens.list(), query, () => true), rev: board.rev }),
    }),
    route({
      method: "post",
      path: "/tokens",
      summary: "Makes a token; its secret is in this answer and never again.",
      role: "admin",
      body: TokenInput,
      answer: NewToken,
      status: 201,
      needsPassword: () => true,
      async handle({ body, by }) {
        const made = await tokens.add(body, by);
        if (!made.ok) return made;
        const { token, secret } = made.value;
        return reply({ ...token, secret }, { status: 201, headers: { Location: `/api/v1/tokens/${token.id}` } });
      },
    }),
    route({
      method: "delete",
      path: "/tokens/{id}",
      summary: "Ends a token.",
      role: "admin",
      async handle({ params, by }) {
        const removed = await tokens.remove(params["id"] ?? "", by);
        return removed.ok ? NOTHING : removed;
      },
    }),
  ];
}
