// SPDX-License-Identifier: MIT
import { FirstRun, Me, type Role } from "@mauth/protocol/api";
import * as z from "zod/mini";
import { Api, type Fetch, type Reply } from "./api.ts";
import { Confirmation } from "./confirmation.ts";

/** Who looks at the console. `login` and `first-run` show nothing else. */
export type Access =
  | { readonly state: "checking" }
  | { readonly state: "login" }
  /** No account exists, and none may look without one; the log of mauthserver prints a code. */
  | { readonly state: "first-run" }
  /** `isOpen`: no account exists, and everybody on mauthserver's machine may decide. */
  | { readonly state: "in"; readonly me: Me; readonly isOpen: boolean };

/** Who a mauthserver without accounts says that everybody is. */
const ANYBODY: Me = { name: "console", role: "admin", csrfToken: "", expiresAt: null };

/** What a role may do, each including the one before. */
const ROLES: readonly Role[] = ["viewer", "approver", "operator", "admin"];

/** Whether `role` may do what `needed` may. */
export function isAtLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Finds out who is logged in, logs in and out. */
export class Gate {
  readonly api: Api;
  readonly confirmation = new Confirmation();
  readonly #listeners = new Set<() => void>();
  #access: Access = { state: "checking" };

  constructor(fetch: Fetch) {
    this.api = new Api(fetch, () => this.#loggedOut(), this.confirmation.ask);
  }

  readonly view = (): Access => this.#access;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks who is logged in; what cannot be asked stays as it was. True when the push feed may be opened. */
  readonly check = async (): Promise<boolean> => {
    // At once, because nothing is shown before both have answered.
    const [me, firstRun] = await Promise.all([this.api.get("/me", Me), this.api.get("/first-run", FirstRun)]);
    if (me.outcome === "ok") {
      this.#enter(me.value, firstRun.outcome === "ok" && firstRun.value.open);
    } else if (me.outcome === "refused" && me.status === 404) {
      this.#enter(ANYBODY, false);
    } else if (me.outcome === "refused" && me.status === 401) {
      this.#show({ state: firstRun.outcome === "ok" && firstRun.value.needed ? "first-run" : "login" });
    }
    return this.#access.state === "in" || this.#access.state === "checking";
  };

  readonly login = async (name: string, password: string): Promise<Reply<Me>> => {
    const reply = await this.api.send("POST", "/login", { body: { name, password }, schema: Me });
    if (reply.outcome === "ok") this.#enter(reply.value, false);
    return reply;
  };

  /** Gives the password again; what has waited for it goes on when it is right. */
  readonly confirm = async (password: string): Promise<Reply<unknown>> => {
    const reply = await this.api.send("POST", "/me/confirmation", { body: { password } });
    if (reply.outcome === "ok") this.confirmation.settle(true);
    return reply;
  };

  readonly logout = async (): Promise<void> => {
    await this.api.send("POST", "/logout");
    await this.check();
  };

  /** Makes the first admin; `code` is from the log of mauthserver where that is asked for. */
  readonly makeFirst = async (account: { name: string; password: string; code?: string }): Promise<Reply<Me>> => {
    const reply = await this.api.send("POST", "/first-run", { body: account, schema: z.unknown() });
    if (reply.outcome !== "ok") return reply;
    const me = Me.safeParse(reply.value);
    if (!me.success) return this.login(account.name, account.password);
    this.#enter(me.data, false);
    return { outcome: "ok", value: me.data };
  };

  #enter(me: Me, isOpen: boolean): void {
    this.api.csrfToken = me.csrfToken;
    const known = this.#access;
    // The same again must not draw everything again.
    if (known.state === "in" && known.isOpen === isOpen && JSON.stringify(known.me) === JSON.stringify(me)) return;
    this.#show({ state: "in", me, isOpen });
  }

  #loggedOut(): void {
    this.confirmation.settle(false);
    if (this.#access.state === "in") this.#show({ state: "login" });
  }

  #show(access: Access): void {
    this.#access = access;
    for (const listener of this.#listeners) listener();
  }
}
