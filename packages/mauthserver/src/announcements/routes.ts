// SPDX-License-Identifier: MIT
import { AnnouncementRequest } from "@mauth/protocol/api";
import type { Problem } from "@mauth/protocol/api";
import express from "express";
import type { ErrorRequestHandler, RequestHandler, Response, Router } from "express";
import { FencedError, StoreUnavailableError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Board } from "../push/board.ts";
import type { Announcing } from "./announcing.ts";
import { invalid } from "./problem.ts";
import type { Result } from "./problem.ts";

/** Bytes of a request; an announcement itself must fit into 1024. */
const BODY_BYTES_MAX = 16 * 1024;
/** Who is noted as having asked, until there are accounts. */
const ACTOR = "console";

/** The sessions that this server announces: list, begin, change, end. */
export function serveAnnouncements(announcing: Announcing, board: Board, log: Log): Router {
  const router = express.Router();
  const readJson = express.json({ limit: BODY_BYTES_MAX });
  router.use((_request, response, next) => {
    response.set("Cache-Control", "no-store");
    next();
  });
  router
    .route("/")
    .get((_request, response) => void response.json({ revision: board.rev, announcements: announcing.list() }))
    .post(wantJson, readJson, (request, response, next) => {
      answer(request.body, async (wanted) => announcing.create(wanted, ACTOR)).then((result) => {
        if (!result.ok) complain(response, result.problem);
        else response.status(201).location(`${request.baseUrl}/${result.value.id}`).json(result.value);
      }, next);
    })
    .all(allowOnly("GET, POST"));
  router
    .route("/:id")
    .get((request, response) => {
      const found = announcing.find(request.params.id);
      if (found === undefined) complain(response, { title: "there is no such announcement", status: 404 });
      else response.json(found);
    })
    .put(wantJson, readJson, (request, response, next) => {
      answer(request.body, async (wanted) => announcing.edit(request.params.id, wanted, ACTOR)).then((result) => {
        if (!result.ok) complain(response, result.problem);
        else response.json(result.value);
      }, next);
    })
    .delete((request, response, next) => {
      announcing.withdraw(request.params.id, ACTOR).then((result) => {
        if (!result.ok) complain(response, result.problem);
        else response.status(204).end();
      }, next);
    })
    .all(allowOnly("GET, PUT, DELETE"));
  router.use(failAsProblem(log));
  return router;
}

async function answer<Value>(
  body: unknown,
  act: (wanted: AnnouncementRequest) => Promise<Result<Value>>,
): Promise<Result<Value>> {
  const wanted = AnnouncementRequest.safeParse(body);
  return wanted.success ? act(wanted.data) : invalid(wanted.error);
}

/** A form or a text, which any site's page may send without being asked, is not read at all. */
const wantJson: RequestHandler = (request, response, next) => {
  if (request.is("application/json") === "application/json") next();
  else complain(response, { title: "the request must be application/json", status: 415 });
};

function allowOnly(methods: string): RequestHandler {
  return (_request, response) => {
    response.set("Allow", methods);
    complain(response, { title: "method not allowed", status: 405 });
  };
}

function complain(response: Response, problem: Problem): void {
  response.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
}

function failAsProblem(log: Log): ErrorRequestHandler {
  return (error: { status?: unknown }, _request, response, _next) => {
    if (typeof error.status === "number" && error.status < 500)
      return complain(response, {
        title: BODY_SENTENCES[error.status] ?? "the request cannot be read",
        status: error.status,
      });
    log.error({ err: error }, "an announcement could not be changed");
    const isStore = error instanceof StoreUnavailableError || error instanceof FencedError;
    complain(
      response,
      isStore ? { title: "nothing can be stored now", status: 503 } : { title: "internal error", status: 500 },
    );
  };
}

const BODY_SENTENCES: Readonly<Record<number, string>> = {
  400: "the request is not JSON",
  413: `the request is longer than ${BODY_BYTES_MAX} bytes`,
};
