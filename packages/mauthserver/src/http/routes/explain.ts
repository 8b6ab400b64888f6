// SPDX-License-Identifier: MIT
import { Explanation } from "@mauth/protocol/api";
import * as z from "zod/mini";
import type { Clock } from "../../clock.ts";
import { explain, questionOf } from "../explain.ts";
import { refused } from "../problem.ts";
import { reply, route } from "../route.ts";
import type { Route } from "../route.ts";
import type { GrantParts } from "./grants.ts";

const Text = z.string().check(z.minLength(1), z.maxLength(100));

/** Why packets pass or do not. */
export function explainRoutes({ authority, board, clock }: GrantParts & { readonly clock: Clock }): Route[] {
  return [
    route({
      method: "get",
      path: "/explain",
      summary: "Explains what becomes of the packets of a source to a group at an mrouter.",
      role: "viewer",
      query: z.strictObject({ mrouter: Text, source: Text, group: Text }),
      answer: Explanation,
      handle({ query }) {
        const question = questionOf(query, clock.wallMs());
        if (question === undefined) return refused(422, "source and group must be addresses of one family");
        if (board.get("mrouter", query.mrouter) === undefined) return refused(404, "there is no such mrouter");
        return reply(explain({ board, table: authority.grants }, question));
      },
    }),
  ];
}
