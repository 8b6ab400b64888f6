// SPDX-License-Identifier: MIT
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import express from "express";
import type { ErrorRequestHandler, Request, RequestHandler, Response, Router } from "express";
import type { Problem } from "@mauth/protocol/api";
import { FencedError, StoreUnavailableError } from "../errors.ts";
import type { Gate } from "../accounts/gate.ts";
import { isSame } from "../accounts/gate.ts";
import { isAtLeast } from "../accounts/principal.ts";
import type { Principal } from "../accounts/principal.ts";
import type { Log } from "../log.ts";
import { addressOf } from "./address-of.ts";
import type { LoginCookie } from "./cookie.ts";
import type { Idempotency } from "./idempotency.ts";
import { invalid, refused } from "./problem.ts";
import type { Result } from "./problem.ts";
import type { Call, Reply, Route } from "./route.ts";

/** Bytes of a request's body unless its route says otherwise. */
const BODY_BYTES_MAX = 64 * 1024;

export interface RouterOptions {
  readonly routes: readonly Route[];
  readonly gate: Pick<Gate, "identify">;
  readonly cookie: LoginCookie;
  readonly idempotency: Idempotency;
  readonly log: Log;
  /** Hears of each request that was refused for who asked or what that one may do. */
  readonly onRefused: (refusal: { readonly by: Call["by"]; readonly problem: Problem; readonly what: string }) => void;
}

/** Serves a table of routes: who asks and what they ask is checked before a handler runs. */
export function serveRoutes(options: RouterOptions): Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.set("Cache-Control", "no-store");
    next();
  });
  for (const line of options.routes)
    router[line.method](expressPath(line.path), ...readersOf(line), async (request, response) => {
      send(response, await answer(line, request, options));
    });
  for (const [path, methods] of methodsByPath(options.routes))
    router.all(expressPath(path), (_request, response) => {
      response.set("Allow", methods.join(", "));
      send(response, refused(405, "method not allowed"));
    });
  router.use((_request, response) => send(response, refused(404, "no such resource")));
  router.use(failAsProblem(options.log));
  return router;
}

async function answer(line: Route, request: Request, options: RouterOptions): Promise<Result<Reply>> {
  const { gate, cookie, idempotency } = options;
  const secret = cookie.read(request.headers.cookie);
  const identified =
    line.role === "anyone"
      ? undefined
      : gate.identify({ cookie: secret, authorization: request.headers.authorization });
  const principal = identified?.ok ? identified.value : undefined;
  const by = { name: principal?.name ?? "nobody", from: addressOf(request) };
  const refusal = identified?.ok === false ? identified : principal && refusalOf(line, principal, request);
  if (refusal) {
    options.onRefused({ by, problem: refusal.problem, what: `${request.method} ${request.path}` });
    return refusal;
  }
  const checked = check(line, request);
  if (!checked.ok) return checked;
  const call: Call = { ...checked.value, principal, by, ifMatch: revisionOf(request), cookie: secret };
  const key = request.get("Idempotency-Key");
  if (key === undefined || line.method === "get" || line.role === "anyone") return line.handle(call);
  const content = `${line.method} ${request.originalUrl} ${JSON.stringify(call.body)}`;
  return idempotency.run(`${by.name} ${key}`, content, async () => line.handle(call));
}

/** Why somebody who is known may not do this. */
function refusalOf(line: Route, principal: Principal, request: Request): (Result<Reply> & { ok: false }) | undefined {
  if (line.role !== "anyone" && !isAtLeast(principal.role, line.role))
    return refused(403, `this needs the role ${line.role}; ${principal.name} has the role ${principal.role}`);
  if (line.method === "get" || principal.kind !== "login") return undefined;
  if (!isSame(request.get("X-CSRF-Token") ?? "", principal.csrfToken))
    return refused(403, "X-CSRF-Token is missing or wrong: it is csrfToken of GET /api/v1/me");
  return undefined;
}

function check(line: Route, request: Request): Result<Pick<Call, "params" | "query" | "body">> {
  const search = new URL(request.originalUrl, "http://host").searchParams;
  const query = line.query?.safeParse(Object.fromEntries(search));
  if (query?.success === false) return invalid(query.error);
  const body = line.body?.safeParse(request.body);
  if (body?.success === false) return invalid(body.error);
  const params = request.params as Record<string, string>;
  return { ok: true, value: { params, query: query?.data, body: body?.data } };
}

function revisionOf(request: Request): number | undefined {
  const text = /^"(\d{1,15})"$/.exec(request.get("If-Match") ?? "")?.[1];
  return text === undefined ? undefined : Number(text);
}

/** A form or a text, which any site's page may send without being asked, is not read at all. */
function readersOf(line: Route): RequestHandler[] {
  if (line.body === undefined) return [];
  const types = line.bodyTypes ?? ["application/json"];
  const limit = line.bodyBytesMax ?? BODY_BYTES_MAX;
  const texts = types.filter((type) => type !== "application/json");
  return [
    (request, response, next) => {
      if (request.is([...types]) === false || request.is([...types]) === null)
        send(response, refused(415, `the request must be ${types.join(" or ")}`));
      else next();
    },
    express.json({ limit, verify: wantUtf8 }),
    ...(texts.length > 0 ? [express.text({ limit, type: [...texts], verify: wantUtf8 })] : []),
  ];
}

function wantUtf8(_request: IncomingMessage, _response: unknown, bytes: Buffer): void {
  if (!isUtf8(bytes)) throw Object.assign(new Error("not UTF-8"), { status: 400 });
}

/** Writes an answer. */
export function send(response: Response, result: Result<Reply>): void {
  if (!result.ok) {
    const { problem } = result;
    if (problem.status === 401) response.set("WWW-Authenticate", 'Bearer realm="mauth"');
    response.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
    return;
  }
  const { status, json, text, headers = {} } = result.value;
  response.set({ ...headers }).status(status ?? 200);
  if (text) Readable.from(text.pieces).pipe(response.type(text.type));
  else if (json === undefined) response.end();
  else response.json(json);
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

function failAsProblem(log: Log): ErrorRequestHandler {
  return (error: { status?: unknown }, _request, response, _next) => {
    if (response.headersSent) return void response.destroy();
    if (typeof error.status === "number" && error.status < 500)
      return send(response, refused(error.status, BODY_SENTENCES[error.status] ?? "the request cannot be read"));
    log.error({ err: error }, "a request failed");
    const isStore = error instanceof StoreUnavailableError || error instanceof FencedError;
    send(response, isStore ? refused(503, "nothing can be stored now") : refused(500, "internal error"));
  };
}

const BODY_SENTENCES: Readonly<Record<number, string>> = {
  400: "the request is not JSON in UTF-8",
  413: "the request is too long",
  415: "the request must be JSON in UTF-8 without compression",
};
