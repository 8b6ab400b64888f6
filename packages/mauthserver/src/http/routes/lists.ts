// SPDX-License-Identifier: MIT
import { Denied, Grant, listOf, Mrouter, Page, SenderStats, Session } from "@mauth/protocol/api";
import * as z from "zod/mini";
import type { Board, Entities, EntityName } from "../../push/board.ts";
import { refused } from "../problem.ts";
import { reply, route } from "../route.ts";
import type { Route } from "../route.ts";
import { pageOf } from "./page.ts";

const Text = z.optional(z.string().check(z.maxLength(200)));
const YesNo = z.optional(z.enum(["true", "false"]));

/** The revision of the last change of what people decide, by id. */
export interface Revisions {
  readonly grant: RevisionOf;
  readonly mrouter: RevisionOf;
}
type RevisionOf = (id: string) => number | undefined;

/** What consoles see, as lists with filters and one by one. */
export function listRoutes(board: Board, revs: Revisions): Route[] {
  return [
    list(board, "session", {
      item: Session,
      filters: { q: Text, scope: Text, permitted: YesNo },
      isWanted: (session, { q, scope, permitted }) =>
        holds(q, `${session.title}\n${session.info ?? ""}\n${session.announcer}\n${pairsOf(session).join("\n")}`) &&
        is(scope, session.scope ?? "") &&
        is(permitted, String(isPermitted(session, board))),
    }),
    list(board, "grant", {
      item: Grant,
      filters: { q: Text, source: Text, group: Text, session: Text, permittedBy: Text },
      isWanted: (grant, { q, source, group, session, permittedBy }) =>
        holds(q, `${grant.id}\n${grant.reason ?? ""}`) &&
        is(source, grant.source) &&
        is(group, grant.group) &&
        is(session, grant.session ?? "") &&
        is(permittedBy, grant.permittedBy ?? ""),
    }),
    list(board, "mrouter", {
      item: Mrouter,
      filters: { q: Text, state: Text },
      isWanted: (mrouter, { q, state }) => holds(q, `${mrouter.name}\n${mrouter.address}`) && is(state, mrouter.state),
    }),
    list(board, "sender", {
      item: SenderStats,
      filters: { mrouter: Text, source: Text, group: Text },
      isWanted: (sender, { mrouter, source, group }) =>
        is(mrouter, sender.mrouter) && is(source, sender.source) && is(group, sender.group),
    }),
    list(board, "denied", {
      item: Denied,
      filters: { mrouter: Text, source: Text, group: Text, reason: Text },
      isWanted: (denied, { mrouter, source, group, reason }) =>
        is(mrouter, denied.mrouter) &&
        is(source, denied.source) &&
        is(group, denied.group) &&
        is(reason, denied.reason),
    }),
    one(board, "session", Session),
    one(board, "grant", Grant, revs.grant),
    one(board, "mrouter", Mrouter, revs.mrouter),
  ].flat();
}

const PLURALS = {
  session: "sessions",
  grant: "grants",
  mrouter: "mrouters",
  sender: "senders",
  denied: "denied",
} as const;
type Listed = keyof typeof PLURALS;

function list<Name extends Listed, Filters extends Record<string, z.ZodMiniType<string | undefined>>>(
  board: Board,
  entity: Name,
  {
    item,
    filters,
    isWanted,
  }: {
    item: z.ZodMiniType;
    filters: Filters;
    readonly isWanted: (
      value: Entities[Name],
      filters: { readonly [Key in keyof Filters]?: string | undefined },
    ) => boolean;
  },
): Route {
  return route({
    method: "get",
    path: `/${PLURALS[entity]}`,
    summary: `Lists ${PLURALS[entity]}.`,
    role: "viewer",
    query: z.extend(Page, filters) as unknown as z.ZodMiniType<Page & Record<string, string | undefined>>,
    answer: listOf(item),
    handle({ query }) {
      const wanted = (value: Entities[Name]) => isWanted(value, query as never);
      return reply({ ...pageOf<Entities[Name]>(board.values(entity), query, wanted), rev: board.rev });
    },
  });
}

function one(board: Board, entity: "session" | "grant" | "mrouter", item: z.ZodMiniType, revOf?: RevisionOf): Route {
  const parameter = entity === "mrouter" ? "name" : "id";
  return route({
    method: "get",
    path: `/${PLURALS[entity]}/{${parameter}}`,
    summary: `Reads one of the ${PLURALS[entity]}.`,
    role: "viewer",
    answer: item,
    ...(revOf && { isConditional: true }),
    handle({ params }) {
      const id = params[parameter] ?? "";
      const found = board.get<EntityName>(entity, id);
      if (found === undefined) return refused(404, `there is no such ${entity}`);
      return reply(found, { rev: revOf?.(id) });
    },
  });
}

function is(wanted: string | undefined, value: string): boolean {
  return wanted === undefined || wanted === value;
}

function holds(wanted: string | undefined, text: string): boolean {
  return wanted === undefined || text.toLowerCase().includes(wanted.toLowerCase());
}

function pairsOf({ flows }: Session): string[] {
  return flows.map(({ source, group }) => `${source}>${group}`);
}

/** Whether every flow has a grant of its own, or the session has one. */
function isPermitted(session: Session, board: Board): boolean {
  return (
    session.flows.length > 0 &&
    session.flows.every(
      ({ source, group }) =>
        board.get("grant", `${source}>${group}`) ?? board.get("grant", `${source}>session:${session.id}`),
    )
  );
}
