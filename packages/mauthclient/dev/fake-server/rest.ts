// SPDX-License-Identifier: MIT
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Me } from "@mauth/protocol/api";
import { AnnouncementRequest, GrantInput, MrouterInput } from "@mauth/protocol/api";
import * as z from "zod/mini";
import { inputOf } from "../../src/state/orders.ts";
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
const Mode = z.object({ mode: z.enum(["enforce", "monitor"]) });
const NOTHING: Answer = { status: 204 };

function problem(status: number, title: string): Answer {
  return { status, body: { title, status } };
}

/** Method, path and what happens; `*` stands for one part of the path. */
const ROUTES: readonly (readonly [string, string, Handle])[] = [
  ["GET", "/me", () => ({ body: CONSOLE })],
  ["GET", "/first-run", () => ({ body: { open: true, needed: true, codeNeeded: false } })],
  ["POST", "/grants/bulk", bulk],
  ["PATCH", "/grants/*", patchGrant],
  ["PUT", "/denied/*/ignored", (world, { params }) => done(world.ignore(params[0] ?? ""))],
  ["DELETE", "/denied/*/ignored", (world, { params }) => done(world.unignore(params[0] ?? ""))],
  ["GET", "/explain", (world, { query }) => ({ body: explain(world, query) })],
  ["POST", "/mrouters", putMrouter],
  ["PATCH", "/mrouters/*", putMrouter],
  ["DELETE", "/mrouters/*", (world, { params }) => done(world.removeMrouter(params[0] ?? ""))],
  ["PUT", "/mrouters/*/interfaces/*", setMode],
  ["POST", "/announcements", announce],
  ["PUT", "/announcements/*", announce],
  ["DELETE", "/announcements/*", (world, { params }) => done(world.unannounce(params[0] ?? ""))],
  ["GET", "/audit", (world, { query }) => ({ body: world.office.read(query) })],
  ["POST", "/audit/*/undo", undo],
  ["GET", "/accounts", (world) => list(world.office.accounts)],
  ["POST", "/accounts", (world, { body }) => ({ status: 201, body: world.office.addAccount(bodyOf(body)) })],
  ["PATCH", "/accounts/*", editAccount],
  ["DELETE", "/accounts/*", (world, { params }) => done(world.office.accounts.delete(params[0] ?? ""))],
  ["GET", "/tokens", (world) => list(world.office.tokens)],
  ["POST", "/tokens", (world, { body }) => ({ status: 201, body: world.office.addToken(bodyOf(body)) })],
  ["DELETE", "/tokens/*", (world, { params }) => done(world.office.tokens.delete(params[0] ?? ""))],
  ["GET", "/settings", (world) => ({ body: world.office.settings })],
  ["PUT", "/settings", putSettings],
];

function done(_result: unknown): Answer {
  return NOTHING;
}

function bodyOf(body: unknown): Record<string, unknown> {
  return typeof body === "object" && body !== null ? { ...body } : {};
}

function list(items: ReadonlyMap<string, unknown>): Answer {
  return { body: { items: [...items.values()], next: null, rev: 1 } };
}

function bulk(world: World, { body }: Call): Answer {
  const orders = Bulk.safeParse(body);
  if (!orders.success) return problem(400, "the body is no list of decisions");
  for (const input of orders.data.permit) world.permit(input, "enforced");
  for (const id of orders.data.revoke) world.revoke(id);
  const { permit, revoke } = orders.data;
  return { body: { results: [...permit, ...revoke].map(() => ({ outcome: "ack" })) } };
}

function patchGrant(world: World, { body, params }: Call): Answer {
  const known = world.entities.grant.get(params[0] ?? "");
  if (known === undefined) return problem(404, "there is no such grant");
  const limits = Object.entries({ ...inputOf(known), ...bodyOf(body) }).filter(([, value]) => value !== null);
  const input = GrantInput.safeParse(Object.fromEntries(limits));
  if (!input.success) return problem(400, z.prettifyError(input.error));
  world.permit(input.data, "enforced");
  return { body: { outcome: "ack" } };
}

function putMrouter(world: World, { body, params }: Call): Answer {
  const input = MrouterInput.safeParse({ ...bodyOf(body), ...(params[0] === undefined ? {} : { name: params[0] }) });
  if (!input.success) return problem(400, z.prettifyError(input.error));
  return { body: world.putMrouter(input.data) };
}

function setMode(world: World, { body, params: [mrouter = "", name = ""] }: Call): Answer {
  const wanted = Mode.safeParse(body);
  if (!wanted.success) return problem(400, "the mode must be enforce or monitor");
  return world.setMode(mrouter, name, wanted.data.mode) ? NOTHING : problem(404, "there is no such interface");
}

function announce(world: World, { body, params }: Call): Answer {
  const request = AnnouncementRequest.safeParse(body);
  if (!request.success) return problem(400, z.prettifyError(request.error));
  return { status: 201, body: world.announce(request.data, params[0]) };
}

function undo(world: World, { params }: Call): Answer {
  const entry = world.office.log.find((one) => one.id === params[0]);
  if (entry?.entity !== "grant") return problem(409, "only what was decided about grants can be undone here");
  if (entry.action === "add") world.revoke(entry.key, entry.rev);
  const before = GrantInput.safeParse(entry.before);
  if (before.success) world.permit(before.data, "enforced", entry.rev);
  return { body: world.office.log.at(-1) };
}

function editAccount(world: World, { body, params }: Call): Answer {
  const known = world.office.accounts.get(params[0] ?? "");
  if (known === undefined) return problem(404, "there is no such account");
  const { role = known.role } = bodyOf(body);
  // The form offers roles only.
  const account = { ...known, role, lockedUntil: null } as typeof known;
  world.office.accounts.set(known.id, account);
  return { body: account };
}

function putSettings(world: World, { body }: Call): Answer {
  const before = world.office.settings;
  world.office.settings = { ...before, ...bodyOf(body) };
  world.office.write({ action: "change", entity: "setting", key: "settings", before, after: world.office.settings });
  return { body: world.office.settings };
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
