// SPDX-License-Identifier: MIT
import express from "express";
import type { Router } from "express";
import type { Board, EntityName } from "../push/board.ts";

const LISTS: Readonly<Record<string, EntityName>> = {
  sessions: "session",
  grants: "grant",
  mrouters: "mrouter",
  senders: "sender",
  denied: "denied",
};

/** Read-only lists of what consoles see. */
export function serveApi(board: Board): Router {
  const router = express.Router();
  for (const [name, entity] of Object.entries(LISTS))
    router.get(`/${name}`, (_request, response) => {
      response.set("Cache-Control", "no-store").json({ revision: board.rev, [name]: [...board.values(entity)] });
    });
  router.use((_request, response) => {
    response.status(404).type("application/problem+json").send({ title: "no such resource", status: 404 });
  });
  return router;
}
