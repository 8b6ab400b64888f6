// SPDX-License-Identifier: MIT
import express from "express";
import type { ErrorRequestHandler, Request, RequestHandler, Response, Router } from "express";
import { PASSWORD_NEEDED } from "@mauth/protocol/api";
import type { Problem } from "@mauth/protocol/api";
import { FencedError, StoreUnavailableError } from "../errors.ts";
import type { Log } from "../log.ts";
import { readBody } from "./body.ts";
import type { Body } from "./body.ts";
import { guard } from "./guard.ts";
import type { Asker, GuardOptions } from "./guard.ts";
import type { Idempotency } from "./idempotency.ts";
import { entityTag, parseIfMatch } from "./if-match.ts";
import { invalid, refused } from "./problem.ts";
import type { Result } from "./problem.ts";
import type { Call, Reply, Route } from "./route.ts";
import { send } from "./send.ts";

export interface RouterOptions extends GuardOptions {
  readonly routes: readonly Route[];
  readonly idempotency: Idempotency;
  readonly log: Log;
  /** Of the log that revisions are counted in. */
  readonly logId: string;
  /** Hears of each request that was refused for who asked or what that one may do. */
  readonly onRefused: (refusal: { readonly by: Call["by"]; readonly problem: Problem; readonly what: string }) => void;
}

/** Serves a table of routes: who asks is checked before the body is read, and the body before a handler runs. */
export function serveRoutes(options: RouterOptions): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.set("Cache-Control", "no-store");
    next();
  });
  for (const line of options.routes)
    router[line.method](expressPath(line.path), guarded(line, options), handler(line, options));
  for (const [path, methods] of methodsByPath(options.routes))
    router.all(expressPath(path), (_request, response) => {
      response.set("Allow", methods.join(", "));
      send(response, refused(405, "method not allowed"));
    });
  router.use((_request, response) => send(response, refused(404, "no such resource")));
  router.use(failAsProblem(options.log));
  return router;
}

/** A response that knows who asked. */
type Known = Response<unknown, { asker?: Asker }>;

function guarded(line: Route, options: RouterOptions): RequestHandler {
  return (request, response: Known, next) => {
    const guardedRequest = guard(line, request, options);
    if (guardedRequest.ok) {
      response.locals.asker = guardedRequest.value;
      return next();
    }
    const { problem, by } = guardedRequest;
    options.onRefused({ by, problem, what: `${line.method.toUpperCase()} ${line.path}` });
    send(response, guardedRequest);
  };
}

function handler(line: Route, options: RouterOptions): RequestHandler {
  return (request, response: Known, next) => {
    answer(line, request, response.locals.asker!, options).then((result) => {
      if (result.ok && result.value.rev !== undefined) response.set("ETag", entityTag(result.value.rev, options.logId));
      send(response, result);
    }, next);
  };
}

async function answer(
  line: Route,
  request: Request,
  asker: Asker,
  { idempotency, logId }: RouterOptions,
): Promise<Result<Reply>> {
  const body = await readBody(line, request);
  if (!body.ok) return body;
  const checked = check(line, request, body.value);
  if (!checked.ok) return checked;
  const call: Call = { ...checked.value, ...asker, ifMatch: parseIfMatch(request.get("If-Match"), logId) };
  if (asker.principal?.isConfirmed === false && (await line.needsPassword?.(call)) === true) return NEEDS_PASSWORD;
  const key = request.get("Idempotency-Key");
  // What anyone may ask is answered with secrets.
  if (key === undefined || line.method === "get" || line.role === "anyone") return line.handle(call);
  const content = `${line.method} ${request.originalUrl} ${body.value?.text ?? ""}`;
  const isKept = line.keepsAnswer === true;
  return idempotency.run({ name: call.by.name, key, content, isKept }, async () => line.handle(call));
}

function check(line: Route, request: Request, sent: Body | undefined): Result<Pick<Call, "params" | "query" | "body">> {
  const search = new URL(request.originalUrl, "http://host").searchParams;
  const query = line.query?.safeParse(Object.fromEntries(search));
  if (query?.success === false) return invalid(query.error);
  const body = line.body?.safeParse(sent?.value);
  if (body?.success === false) return invalid(body.error);
  const params = request.params as Record<string, string>;
  return { ok: true, value: { params, query: query?.data, body: body?.data } };
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()]);
  return methods;
}

/** "/grants/{id}" is "/grants/:id". */
function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

const NEEDS_PASSWORD: Result<never> = {
  ok: false,
  problem: {
    type: PASSWORD_NEEDED,
    title: "give your password again: the login is older than 15 minutes",
    status: 403,
  },
};

function failAsProblem(log: Log): ErrorRequestHandler {
  return (error: { status?: unknown }, _request, response, _next) => {
    if (response.headersSent) return void response.destroy();
    if (typeof error.status === "number" && error.status < 500)
      return send(response, refused(error.status, "the request cannot be read"));
    log.error({ err: error }, "a request failed");
    const isStore = error instanceof StoreUnavailableError || error instanceof FencedError;
    send(response, isStore ? refused(503, "nothing can be stored now") : refused(500, "internal error"));
  };
}
