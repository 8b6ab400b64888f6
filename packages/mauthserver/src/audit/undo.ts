// SPDX-License-Identifier: MIT
import type { GrantInput } from "@mauth/protocol/api";
import type { Commit } from "../accounts/keeping.ts";
import { objectionToPermit, objectionToRevoke } from "../accounts/permission.ts";
import { isAtLeast } from "../accounts/principal.ts";
import type { Principal } from "../accounts/principal.ts";
import type { Announcing } from "../announcements/announcing.ts";
import type { StoredAnnouncement } from "../announcements/stored.ts";
import type { Authority, Decision } from "../authority.ts";
import type { By } from "../by.ts";
import { NOT_AS_SEEN, refused } from "../http/problem.ts";
import type { Result } from "../http/problem.ts";
import { inputOf } from "../http/routes/grants.ts";
import type { MrouterRow } from "../mrouters/driver.ts";
import type { Roster, RosterResult } from "../mrouters/roster.ts";
import { SETTINGS_KEY } from "../settings.ts";
import type { Choices, Settings } from "../settings.ts";
import type { Body, Change, Kind, Store } from "../store/store.ts";
import { isStill } from "./still.ts";
import { undoAccount, undoToken } from "./undo-access.ts";
import type { AccessParts } from "./undo-access.ts";

export interface UndoOptions {
  readonly store: Pick<Store, "history">;
  readonly authority: Pick<Authority, "permit" | "revoke">;
  readonly roster: Pick<Roster, "add" | "edit" | "remove" | "setMode">;
  readonly settings: Pick<Settings, "change">;
  readonly announcing: Pick<Announcing, "renew" | "withdraw">;
  readonly access: AccessParts;
  readonly commit: Commit;
}

/** Takes changes back, each as a new change through the same door as the first. */
export class Undo {
  readonly #options: UndoOptions;

  constructor(options: UndoOptions) {
    this.#options = options;
  }

  /** The revision of the change that takes `change` back. */
  async undo(change: Change, by: By, who: Principal): Promise<Result<number>> {
    const { kind, key, rev } = change;
    const [last] = await this.#options.store.history({ kinds: [kind], key, limit: 1 });
    if (last?.rev !== rev) return refused(409, `it has changed since: undo revision ${last?.rev ?? "?"} first`);
    if (isAccess(kind) && !isAtLeast(who.role, "admin")) return ADMIN_NEEDED;
    if (who.scope && kind !== "grant") return NO_SCOPE;
    const because = { ...by, reason: `undo of revision ${rev}`, undoes: rev };
    switch (kind) {
      case "grant":
        return this.#grant(change, because, who);
      case "mrouter":
        if (!isAtLeast(who.role, "admin")) return ADMIN_NEEDED;
        return this.#mrouter(change, because);
      case "setting":
        if (!isAtLeast(who.role, "admin")) return ADMIN_NEEDED;
        return this.#setting(change, because);
      case "ignored": {
        const { before } = change;
        const op = before ? ({ op: "put", kind, key, body: before } as const) : ({ op: "delete", kind, key } as const);
        return { ok: true, value: await this.#options.commit([op], because) };
      }
      case "account":
        return this.#made(change, await undoAccount(change, because, this.#options.access));
      case "token":
        return this.#made(change, await undoToken(change, because, this.#options.access));
      case "announcement":
        return this.#made(change, await this.#announcement(change, because));
      case "login":
        return refused(
          409,
          "what somebody tried cannot be taken back; a new password or role ends the logins of an account",
        );
      case "session":
      case "removal":
      default:
        return refused(409, "nobody decided this: it was heard, or follows from a decision");
    }
  }

  async #announcement(change: Change, by: By): Promise<Result<unknown>> {
    const { announcing } = this.#options;
    const { before, key } = change;
    return before === null
      ? announcing.withdraw(key, by, isStill(change))
      : announcing.renew(before as unknown as StoredAnnouncement, by, isStill(change));
  }

  /** The revision of what was made of a change; refused when that was nothing. */
  async #made({ kind, key, rev }: Change, result: Result<unknown>): Promise<Result<number>> {
    if (!result.ok) return result.problem === NOT_AS_SEEN.problem ? CHANGED_SINCE : result;
    const [last] = await this.#options.store.history({ kinds: [kind], key, limit: 1 });
    return last === undefined || last.rev === rev ? NOTHING_MADE : { ok: true, value: last.rev };
  }

  async #grant({ before, key, rev, op }: Change, by: By, who: Principal): Promise<Result<number>> {
    const { authority } = this.#options;
    const note = { undoes: rev, ...(op === "put" && { ifRev: rev }) };
    if (before === null) {
      const objection = objectionToRevoke(who, undefined);
      return objection === undefined ? revOf(await authority.revoke(key, by, note)) : refused(403, objection);
    }
    const input = inputOf(before as unknown as GrantInput);
    const objection = objectionToPermit(who, input);
    return objection === undefined ? revOf(await authority.permit(input, by, note)) : refused(403, objection);
  }

  async #mrouter({ before, key, op, rev }: Change, by: By): Promise<Result<number>> {
    const { roster } = this.#options;
    if (before === null) return revOfRoster(await roster.remove(key, by, rev));
    const row = before as unknown as MrouterRow;
    const { name, address, protocol } = row;
    const input = {
      address,
      protocol,
      networks: [...row.networks],
      ...(row.secret !== undefined && { key: row.secret }),
    };
    if (op === "put") return revOfRoster(await roster.edit(key, input, by, rev));
    if (row.key !== undefined)
      return refused(409, `its key was in the file ${row.key}: add the mrouter again with its key`);
    return revOfRoster(await roster.add({ name, ...input }, by));
  }

  async #setting(change: Change, by: By): Promise<Result<number>> {
    if (change.key !== SETTINGS_KEY) return this.#mode(change, by);
    const choices = (change.before as Partial<Choices> | null) ?? { deletionPolicy: "grace" };
    const made = await this.#options.settings.change(choices, by, isStill(change));
    return made === undefined ? CHANGED_SINCE : { ok: true, value: made };
  }

  /** An interface has two modes. */
  async #mode(change: Change, by: By): Promise<Result<number>> {
    const { mrouter, interface: name, mode }: Body = change.op === "put" ? change.body : {};
    if (typeof mrouter !== "string" || typeof name !== "string")
      return refused(409, "this setting cannot be taken back: make another change");
    const wish = { mrouter, interface: name, mode: mode === "monitor" ? "enforce" : "monitor" } as const;
    return revOfRoster(await this.#options.roster.setMode(wish, by, isStill(change)));
  }
}

function revOf({ rev, outcome, error, isChanged }: Decision): Result<number> {
  if (isChanged === true) return CHANGED_SINCE;
  if (outcome === "error" || rev === undefined) return refused(409, error ?? "it could not be taken back");
  return { ok: true, value: rev };
}

function revOfRoster(result: RosterResult): Result<number> {
  return "error" in result ? refused(409, result.error) : { ok: true, value: result.rev };
}

/** Kinds of which only admins decide. */
function isAccess(kind: Kind): boolean {
  return kind === "account" || kind === "token";
}

const CHANGED_SINCE = refused(409, "it has changed since: look at its last change");
const NOTHING_MADE = refused(409, "it is already as it was before");
const NO_SCOPE = refused(403, "who decides within a scope takes back grants alone");
const ADMIN_NEEDED = refused(403, "this needs the role admin");
