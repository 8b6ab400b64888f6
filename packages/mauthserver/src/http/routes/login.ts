// SPDX-License-Identifier: MIT
import { Account, Confirmation, Credentials, FirstAccount, FirstRun, Me, PasswordChange } from "@mauth/protocol/api";
import type { Problem } from "@mauth/protocol/api";
import * as z from "zod/mini";
import type { Accounts } from "../../accounts/accounts.ts";
import type { By } from "../../by.ts";
import type { Gate } from "../../accounts/gate.ts";
import type { Place } from "../../accounts/lockout.ts";
import type { Logins } from "../../accounts/logins.ts";
import type { Principal } from "../../accounts/principal.ts";
import { hashSecret } from "../../accounts/secret.ts";
import type { LoginCookie } from "../cookie.ts";
import type { Result } from "../problem.ts";
import { refused } from "../problem.ts";
import { NOTHING, reply, route } from "../route.ts";
import type { Reply, Route } from "../route.ts";

export interface LoginParts {
  readonly accounts: Accounts;
  readonly logins: Logins;
  readonly gate: Gate;
  readonly cookie: LoginCookie;
  /** Hears of each login that was refused. */
  readonly onWrong: (by: By, sentence: string) => void;
}

/** Logging in and out, and the first account. */
export function loginRoutes(parts: LoginParts): Route[] {
  const { accounts, logins, gate, cookie } = parts;
  return [
    route({
      method: "get",
      path: "/first-run",
      summary: "Tells whether the first account has still to be made.",
      role: "anyone",
      answer: FirstRun,
      handle: () => reply(gate.firstRun),
    }),
    route({
      method: "post",
      path: "/first-run",
      summary: "Makes the first account, an admin, and logs in.",
      role: "anyone",
      body: FirstAccount,
      answer: Me,
      status: 201,
      async handle({ body, by, device }) {
        const made = await gate.begin(body, { ...by, name: body.name.toLowerCase() });
        if (!made.ok) parts.onWrong({ ...by, name: body.name }, made.problem.title);
        return made.ok ? logIn({ ...body, by, device }, parts, 201) : made;
      },
    }),
    route({
      method: "post",
      path: "/login",
      summary: "Logs in: the answer sets a cookie.",
      role: "anyone",
      body: Credentials,
      answer: Me,
      async handle({ body, by, cookie: before, device }) {
        const answer = await logIn({ ...body, by, device }, parts, 200);
        // The login that this browser had is of nobody any more.
        if (answer.ok && before !== undefined) await logins.end(before, by);
        return answer;
      },
    }),
    route({
      method: "post",
      path: "/logout",
      summary: "Logs out; the push feed of this login ends too.",
      role: "viewer",
      async handle({ cookie: secret, by }) {
        if (secret !== undefined) await logins.end(secret, by);
        return { ok: true, value: { status: 204, headers: { "Set-Cookie": cookie.forget() } } };
      },
    }),
    route({
      method: "get",
      path: "/me",
      summary: "Tells who is asking.",
      role: "viewer",
      answer: Me,
      handle: ({ principal }) => (principal ? reply(meOf(principal)) : refused(401, "log in first")),
    }),
    route({
      method: "post",
      path: "/me/confirmation",
      summary: "Takes the own password again, which then counts as given lately for 15 minutes.",
      role: "viewer",
      body: Confirmation,
      async handle({ body, by, principal, cookie: secret }) {
        if (principal?.kind !== "login" || secret === undefined) return NO_PASSWORD;
        const checked = await accounts.check({ name: principal.name, password: body.password }, placeOf(by, secret));
        if (!checked.ok) return wrongAgain(checked.problem, by, parts);
        await logins.confirm(secret);
        return NOTHING;
      },
    }),
    route({
      method: "put",
      path: "/me/password",
      summary: "Changes the own password; every other login of the account ends.",
      role: "viewer",
      body: PasswordChange,
      answer: Account,
      async handle({ body, by, principal, cookie: secret }) {
        if (principal?.kind !== "login" || secret === undefined) return NO_PASSWORD;
        const credentials = { name: principal.name, password: body.oldPassword };
        const checked = await accounts.check(credentials, placeOf(by, secret));
        if (!checked.ok) return wrongAgain(checked.problem, by, parts);
        const edited = await accounts.edit(principal.name, { password: body.password }, by);
        if (!edited.ok) return edited;
        await logins.endAllOf(principal.name, by, secret);
        await logins.confirm(secret);
        return reply(edited.value, { headers: { "Set-Cookie": knownBy(principal.name, undefined, parts) } });
      },
    }),
  ];
}

/** Somebody tries to log in. */
interface Attempt extends z.infer<typeof Credentials> {
  readonly by: By;
  readonly device: string | undefined;
}

async function logIn(
  { name, password, by, device }: Attempt,
  parts: LoginParts,
  status: number,
): Promise<Result<Reply>> {
  const { accounts, logins, gate, cookie, onWrong } = parts;
  const known = accounts.deviceOf(device);
  const isKnown = known?.account === name.toLowerCase();
  const checked = await accounts.check({ name, password }, { from: by.from, known: isKnown ? known.id : undefined });
  if (!checked.ok) {
    onWrong({ ...by, name }, checked.problem.title);
    return checked;
  }
  const { id } = checked.value;
  const secret = await logins.begin(id, { ...by, name: id });
  // Another password, or the end of the account, came in between: it has ended all logins but this one.
  if (!accounts.isCurrent(checked.value)) {
    await logins.end(secret, { ...by, name: id });
    return CHANGED_MEANWHILE;
  }
  await accounts.noteLogin(id);
  const me = gate.identify({ cookie: secret, authorization: undefined });
  const cookies = [cookie.keep(secret), ...knownBy(id, isKnown ? device : undefined, parts)];
  return me.ok ? reply(meOf(me.value), { status, headers: { "Set-Cookie": cookies } }) : me;
}

/** The Set-Cookie field that makes a browser known to an account, the same one as before where it is. */
function knownBy(account: string, device: string | undefined, { accounts, cookie }: LoginParts): string[] {
  const sealed = device ?? accounts.sealDevice(account);
  return sealed === undefined ? [] : [cookie.keepDevice(sealed)];
}

/** Somebody who is logged in already guesses for this login alone, and locks out nobody else. */
function placeOf({ from }: By, secret: string): Place {
  return { from, known: hashSecret(secret) };
}

const CHANGED_MEANWHILE = refused(401, "the account has changed meanwhile: log in again");
const NO_PASSWORD = refused(403, "only an account that is logged in has a password");

/** Somebody who is logged in gave a wrong password: 401 would say that there is no login. */
function wrongAgain(problem: Problem, by: By, { onWrong }: Pick<LoginParts, "onWrong">): Result<never> {
  onWrong(by, problem.title);
  return problem.status === 401 ? refused(403, "the password is wrong") : { ok: false, problem };
}

function meOf({ name, role, scope, csrfToken, expiresAt }: Principal): Me {
  return { name, role, ...(scope && { scope }), csrfToken, expiresAt };
}
