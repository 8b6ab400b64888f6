// SPDX-License-Identifier: MIT
import { Announcement, AnnouncementRequest } from "@mauth/protocol/api";
import * as z from "zod/mini";
import { refused } from "../http/problem.ts";
import { NOTHING, reply, route } from "../http/route.ts";
import type { Route } from "../http/route.ts";
import type { Board } from "../push/board.ts";
import type { Announcing } from "./announcing.ts";

/** Bytes of a request; an announcement itself must fit into 1024. */
const BODY_BYTES_MAX = 16 * 1024;

const Listed = z.object({ revision: z.int(), announcements: z.array(Announcement) });

/** The sessions that this server announces: list, begin, change, end. */
export function announcementRoutes(announcing: Announcing, board: Pick<Board, "rev">): Route[] {
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
        return reply(made.value, { status: 201, headers: { Location: `/api/v1/announcements/${made.value.id}` } });
      },
    }),
    route({
      method: "get",
      path: "/announcements/{id}",
      summary: "Reads an announcement.",
      role: "viewer",
      answer: Announcement,
      handle({ params }) {
        const found = announcing.find(params["id"] ?? "");
        return found === undefined ? refused(404, "there is no such announcement") : reply(found);
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
      async handle({ params, body, by }) {
        const edited = await announcing.edit(params["id"] ?? "", body, by);
        return edited.ok ? reply(edited.value) : edited;
      },
    }),
    route({
      method: "delete",
      path: "/announcements/{id}",
      keepsAnswer: true,
      summary: "Ends an announcement: it is deleted at its listeners.",
      role: "operator",
      async handle({ params, by }) {
        const ended = await announcing.withdraw(params["id"] ?? "", by);
        return ended.ok ? NOTHING : ended;
      },
    }),
  ];
}
