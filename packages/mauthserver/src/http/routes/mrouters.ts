// SPDX-License-Identifier: MIT
import { Because, InternalInterface, ModeInput, Mrouter, MrouterInput, MrouterPatch } from "@mauth/protocol/api";
import { becauseOf } from "../../by.ts";
import { modeKey } from "../../mrouters/roster.ts";
import type { Roster, RosterResult } from "../../mrouters/roster.ts";
import type { Board } from "../../push/board.ts";
import type { Store } from "../../store/store.ts";
import { changedMeanwhile } from "../changed.ts";
import { isMatch } from "../if-match.ts";
import type { IfMatch } from "../if-match.ts";
import { NOTHING, reply, route } from "../route.ts";
import type { Reply, Route } from "../route.ts";
import { refused } from "../problem.ts";
import type { Result } from "../problem.ts";

type RosterRefusal = Extract<RosterResult, { error: string }>;

export interface MrouterParts {
  readonly roster: Pick<Roster, "add" | "edit" | "remove" | "revOf" | "modeRevOf" | "setMode">;
  readonly board: Board;
  readonly store: Pick<Store, "history">;
}

/** Which mrouters are under control. */
export function mrouterRoutes({ roster, board, store }: MrouterParts): Route[] {
  const changed = async (key: string, ifMatch: IfMatch) => changedMeanwhile(store, { kind: "mrouter", key, ifMatch });
  const shown = (name: string, status: number): Result<Reply> => {
    const mrouter = board.get("mrouter", name);
    return mrouter ? reply(mrouter, { status, rev: roster.revOf(name) }) : NO_MROUTER;
  };
  return [
    route({
      method: "post",
      path: "/mrouters",
      summary: "Puts an mrouter under control.",
      role: "admin",
      body: MrouterInput,
      answer: Mrouter,
      status: 201,
      async handle({ body, by }) {
        const added = await roster.add(body, by);
        return "error" in added ? problemOf(added) : shown(body.name, 201);
      },
    }),
    route({
      method: "patch",
      path: "/mrouters/{name}",
      summary: "Changes an mrouter; what is absent stays.",
      role: "admin",
      body: MrouterPatch,
      answer: Mrouter,
      isConditional: true,
      async handle({ params, body, by, ifMatch }) {
        const { reason, ...patch } = body;
        const name = params["name"] ?? "";
        const rev = roster.revOf(name);
        if (!isMatch(ifMatch, rev)) return changed(name, ifMatch);
        if (rev === undefined) return NO_MROUTER;
        const expected = ifMatch === undefined ? undefined : rev;
        const edited = await roster.edit(name, definedOf(patch), becauseOf(by, reason), expected);
        if (!("error" in edited)) return shown(name, 200);
        return edited.isConflict === true ? changed(name, ifMatch) : problemOf(edited);
      },
    }),
    route({
      method: "delete",
      path: "/mrouters/{name}",
      summary: "Lets an mrouter go; its kernel stays as it is.",
      role: "admin",
      query: Because,
      isConditional: true,
      async handle({ params, query, by, ifMatch }) {
        const name = params["name"] ?? "";
        const rev = roster.revOf(name);
        if (!isMatch(ifMatch, rev)) return changed(name, ifMatch);
        if (rev === undefined) return NO_MROUTER;
        const expected = ifMatch === undefined ? undefined : rev;
        const removed = await roster.remove(name, becauseOf(by, query.reason), expected);
        if (!("error" in removed)) return NOTHING;
        return removed.isConflict === true ? changed(name, ifMatch) : problemOf(removed);
      },
    }),
    route({
      method: "get",
      path: "/mrouters/{name}/interfaces/{interface}",
      summary: "Reads an interface of an mrouter; its tag is that of its mode.",
      role: "viewer",
      answer: InternalInterface,
      isConditional: true,
      handle({ params }) {
        const { name = "", interface: interfaceName = "" } = params;
        const known = board.get("mrouter", name)?.interfaces.find((one) => one.name === interfaceName);
        return known ? reply(known, { rev: roster.modeRevOf(name, interfaceName) }) : NO_INTERFACE;
      },
    }),
    route({
      method: "put",
      path: "/mrouters/{name}/interfaces/{interface}",
      summary: "Has the filter of an interface drop (enforce), or only count what it would drop (monitor).",
      role: "operator",
      body: ModeInput,
      answer: Mrouter,
      isConditional: true,
      async handle({ params, body: { mode, reason }, by, ifMatch }) {
        const { name = "", interface: interfaceName = "" } = params;
        if (roster.revOf(name) === undefined) return NO_MROUTER;
        const wish = { mrouter: name, interface: interfaceName, mode };
        const set = await roster.setMode(wish, becauseOf(by, reason), (rev) => isMatch(ifMatch, rev));
        if (!("error" in set)) return { ok: true, value: { json: board.get("mrouter", name), rev: set.rev } };
        if (set.isConflict !== true) return refused(409, set.error);
        return changedMeanwhile(store, { kind: "setting", key: modeKey(wish), ifMatch });
      },
    }),
  ];
}

const NO_MROUTER = refused(404, "there is no such mrouter");
const NO_INTERFACE = refused(404, "there is no such interface, or its mrouter has not told of it");

function problemOf({ error, isConflict }: RosterRefusal): Result<Reply> {
  if (isConflict === true) return refused(409, error);
  return refused(error.startsWith("it could not be stored") ? 503 : 422, error);
}

/** What was given. */
function definedOf<Patch extends object>(patch: Patch): { [Key in keyof Patch]: Exclude<Patch[Key], undefined> } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as never;
}
