// SPDX-License-Identifier: MIT
import { Because, ModeInput, Mrouter, MrouterInput, MrouterPatch } from "@mauth/protocol/api";
import { becauseOf } from "../../by.ts";
import type { Roster, RosterResult } from "../../mrouters/roster.ts";
import type { Board } from "../../push/board.ts";
import type { Store } from "../../store/store.ts";
import { changedMeanwhile } from "../changed.ts";
import { entityTag, isMatch } from "../if-match.ts";
import type { IfMatch } from "../if-match.ts";
import { NOTHING, reply, route } from "../route.ts";
import type { Reply, Route } from "../route.ts";
import { refused } from "../problem.ts";
import type { Result } from "../problem.ts";

type RosterRefusal = Extract<RosterResult, { error: string }>;

export interface MrouterParts {
  readonly roster: Pick<Roster, "add" | "edit" | "remove" | "revOf" | "setMode">;
  readonly board: Board;
  readonly store: Pick<Store, "history">;
}

/** Which mrouters are under control. */
export function mrouterRoutes({ roster, board, store }: MrouterParts): Route[] {
  const changed = async (key: string, ifMatch: IfMatch) => changedMeanwhile(store, { kind: "mrouter", key, ifMatch });
  const shown = (name: string, status: number): Result<Reply> => {
    const rev = roster.revOf(name);
    const mrouter = board.get("mrouter", name);
    return mrouter ? reply(mrouter, { status, headers: entityTag(rev) }) : refused(404, "there is no such mrouter");
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
        if (rev === undefined) return refused(404, "there is no such mrouter");
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
        if (rev === undefined) return refused(404, "there is no such mrouter");
        const expected = ifMatch === undefined ? undefined : rev;
        const removed = await roster.remove(name, becauseOf(by, query.reason), expected);
        if (!("error" in removed)) return NOTHING;
        return removed.isConflict === true ? changed(name, ifMatch) : problemOf(removed);
      },
    }),
    route({
      method: "put",
      path: "/mrouters/{name}/interfaces/{interface}",
      summary: "Has the filter of an interface drop (enforce), or only count what it would drop (monitor).",
      role: "operator",
      body: ModeInput,
      answer: Mrouter,
      async handle({ params, body: { mode, reason }, by }) {
        const name = params["name"] ?? "";
        if (roster.revOf(name) === undefined) return refused(404, "there is no such mrouter");
        const set = await roster.setMode(name, params["interface"] ?? "", mode, becauseOf(by, reason));
        return "error" in set ? refused(409, set.error) : shown(name, 200);
      },
    }),
  ];
}

function problemOf({ error, isConflict }: RosterRefusal): Result<Reply> {
  if (isConflict === true) return refused(409, error);
  return refused(error.startsWith("it could not be stored") ? 503 : 422, error);
}

/** What was given. */
function definedOf<Patch extends object>(patch: Patch): { [Key in keyof Patch]: Exclude<Patch[Key], undefined> } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as never;
}
