// SPDX-License-Identifier: MIT
import { Because, Ignored } from "@mauth/protocol/api";
import { becauseOf } from "../../by.ts";
import type { Commit } from "../../accounts/keeping.ts";
import type { Clock } from "../../clock.ts";
import type { Board } from "../../push/board.ts";
import { formatSenderKey, parseSenderKey } from "../../sender-key.ts";
import { refused } from "../problem.ts";
import { NOTHING, reply, route } from "../route.ts";
import type { Route } from "../route.ts";

/** Pairs that are marked as reviewed. */
export const IGNORED_MAX = 100_000;

export interface IgnoredParts {
  readonly board: Board;
  readonly commit: Commit;
  readonly clock: Clock;
}

/** Refused pairs that somebody has reviewed and left refused. */
export function ignoredRoutes({ board, commit, clock }: IgnoredParts): Route[] {
  return [
    route({
      method: "put",
      path: "/denied/{pair}/ignored",
      keepsAnswer: true,
      summary: "Marks a refused SOURCE>GROUP as reviewed, for everybody.",
      role: "operator",
      body: Because,
      answer: Ignored,
      async handle({ params, body, by }) {
        const id = pairOf(params["pair"]);
        if (id === undefined) return NO_PAIR;
        if (board.size("ignored") >= IGNORED_MAX) return refused(409, `${IGNORED_MAX} pairs are marked already`);
        const why = body.reason === undefined ? {} : { reason: body.reason };
        const ignored: Ignored = { id, by: by.name, at: clock.wallMs(), ...why };
        await commit([{ op: "put", kind: "ignored", key: id, body: { ...ignored } }], becauseOf(by, body.reason));
        return reply(ignored);
      },
    }),
    route({
      method: "delete",
      path: "/denied/{pair}/ignored",
      keepsAnswer: true,
      summary: "Takes the mark away.",
      role: "operator",
      query: Because,
      async handle({ params, query, by }) {
        const id = pairOf(params["pair"]);
        if (id === undefined) return NO_PAIR;
        if (board.get("ignored", id) === undefined) return refused(404, "it is not marked");
        await commit([{ op: "delete", kind: "ignored", key: id }], becauseOf(by, query.reason));
        return NOTHING;
      },
    }),
  ];
}

function pairOf(text = ""): string | undefined {
  const name = parseSenderKey(text);
  return name && name.groupLength === undefined ? formatSenderKey(name.source, name.group) : undefined;
}

const NO_PAIR = refused(422, "it must be SOURCE>GROUP");
