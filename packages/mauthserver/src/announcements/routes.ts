// SPDX-License-Identifier: MIT
import { Announcement, AnnouncementRequest } from "@mauth/protocol/api";
import * as z from "zod/mini";
import { explainChange } from "../http/changed.ts";
import { isMatch } from "../http/if-match.ts";
import { refused } from "../http/problem.ts";
import { NOTHING, reply, route } from "../http/route.ts";
import type { Reply, Route } from "../http/route.ts";
import type { Board } from "../push/board.ts";
import type { Store } from "../store/store.ts";
import type { Announcing } from "./announcing.ts";

/** Bytes of a request; an announcement itself must fit into 1024. */
const BODY_BYTES_MAX = 16 * 1024;

const Listed = z.object({ revision: z.int(), announcements: z.array(Announcement) });

export interface AnnouncementParts {
  readonly announcing: Announcing;
  readonly board: Pick<Board, "rev">;
  readonly store: Pick<Store, "history">;
}

/** The sessions that this server announces: list, begin, change, end. */
export function announcementRoutes({ announcing, board, store }: AnnouncementParts): Route[] {
  const shown = (one: Announcement, more: Omit<Reply, "json" | "rev"> = {}) =>
    reply(announcing.find(one.id) ?? one, { ...more, rev: announcing.revOf(one.id) });
  return [
    route({
      method: "get",
      path: "/announcements",
      summary: "Lists the sessions that this server announces.",
      role: "viewer",
      answer: Listed,
      handle: () => reply({ revision: board.rev, announcements: announcing.list() }),
    }),
    route({
      method: "post",
      path: "/announcements",
      keepsAnswer: true,
      summary: "Begins to announce a session.",
      role: "operator",
      body: AnnouncementRequest,
      bodyBytesMax: BODY_BYTES_MAX,
      answer: Announcement,
      status: 201,
      async handle({ body, by }) {
        const made = await announcing.create(body, by);
        if (!made.ok) return made;
        return shown(made.value, { status: 201, headers: { Location: `/api/v1/announcements/${made.value.id}` } });
      },
    }),
    route({
      method: "get",
      path: "/announcements/{id}",
      summary: "Reads an announcement.",
      role: "viewer",
      answer: Announcement,
      isConditional: true,
      handle({ params }) {
        const found = announcing.find(params["id"] ?? "");
        return found === undefined ? refused(404, "there is no such announcement") : shown(found);
      },
    }),
    route({
      method: "put",
      path: "/announcements/{id}",
      keepsAnswer: true,
      summary: "Changes an announcement; a group that is left out stays.",
      role: "operator",
      body: AnnouncementRequest,
      bodyBytesMax: BODY_BYTES_MAX,
      answer: Announcement,
      isConditional: true,
      async handle({ params, body, by, ifMatch }) {
        const key = params["id"] ?? "";
        const edited = await announcing.edit(key, body, by, (rev) => isMatch(ifMatch, rev));
        return edited.ok ? shown(edited.value) : explainChange(edited, store, { kind: "announcement", key, ifMatch });
      },
    }),
    route({
      method: "delete",
      path: "/announcements/{id}",
      keepsAnswer: true,
      summary: "Ends an announcement: it is deleted at its listeners.",
      role: "operator",
      isConditional: true,
      async handle({ params, by, ifMatch }) {
        const key = params["id"] ?? "";
        const ended = await announcing.withdraw(key, by, (rev) => isMatch(ifMatch, rev));
        return ended.ok ? NOTHING : explainChange(ended, store, { kind: "announcement", key, ifMatch });
      },
    }),
  ];
}
