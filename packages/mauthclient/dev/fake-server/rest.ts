// SPDX-License-Identifier: MIT
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Me } from "@mauth/protocol/api";
import { GrantInput } from "@mauth/protocol/api";
import * as z from "zod/mini";
import { explain } from "./explain.ts";
import type { World } from "./world.ts";

const BODY_BYTES_MAX = 4 << 20;

/** Who everybody is here, as on a mauthserver without accounts. */
const CONSOLE: Me = { name: "console", role: "admin", csrfToken: "fake", expiresAt: null };

interface Call {
  readonly query: URLSearchParams;
  readonly params: readonly string[];
  readonly body: unknown;
}

type Answer = { readonly status?: number; readonly body?: unknown };
type Handle = (world: World, call: Call) => Answer;

const Bulk = z.object({ permit: z.array(GrantInput), revoke: z.array(z.string()) });
const NOTHING: Answer = { status: 204 };

function problem(status: number, title: string): Answer {
  return { status, body: { title, status } };
}

/** Method, path and what happens; `*` stands for one part of the path. */
const ROUTES: readonly (readonly [string, string, Handle])[] = [
  ["GET", "/me", () => ({ body: CONSOLE })],
  ["GET", "/first-run", () => ({ body: { open: true, needed: true, codeNeeded: false } })],
  ["POST", "/grants/bulk", (world, { body }) => bulk(world, body)],
  ["PUT", "/denied/*/ignored", (world, { params }) => ignore(world, params[0])],
  ["DELETE", "/denied/*/ignored", (world, { params }) => unignore(world, params[0])],
  ["GET", "/explain", (world, { query }) => ({ body: explain(world, query) })],
];

function bulk(world: World, body: unknown): Answer {
  const orders = Bulk.safeParse(body);
  if (!orders.success) return problem(400, "the body is no list of decisions");
  for (const input of orders.data.permit) world.permit(input, "enforced");
  for (const id of orders.data.revoke) world.revoke(id);
  const { permit, revoke } = orders.data;
  return { body: { results: [...permit, ...revoke].map(() => ({ outcome: "ack" })) } };
}

function ignore(world: World, id = ""): Answer {
  world.ignore(id);
  return NOTHING;
}

function unignore(world: World, id = ""): Answer {
  world.unignore(id);
  return NOTHING;
}

/** Answers a request under /api/v1; a change is pushed before it is answered, as mauthserver does. */
export async function serveRest(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  publish: () => void,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const path = url.pathname.slice("/api/v1".length);
  const { status = 200, body } = await answerTo(world, { method: request.method ?? "GET", path, url }, request);
  publish();
  const type = status >= 400 ? "application/problem+json" : "application/json";
  response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function answerTo(
  world: World,
  asked: { method: string; path: string; url: URL },
  request: IncomingMessage,
): Promise<Answer> {
  for (const [method, pattern, handle] of ROUTES) {
    const params = match(pattern, asked.path);
    if (method !== asked.method || params === undefined) continue;
    const body = method === "GET" ? undefined : await readJson(request);
    return handle(world, { query: asked.url.searchParams, params, body });
  }
  return problem(404, "no such resource");
}

function match(pattern: string, path: string): string[] | undefined {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return undefined;
  const fits = wanted.every((part, at) => part === "*" || part === given[at]);
  return fits ? given.filter((_, at) => wanted[at] === "*").map((part) => decodeURIComponent(part)) : undefined;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > BODY_BYTES_MAX) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    // The route's schema refuses what is no JSON.
    return undefined;
  }
}
