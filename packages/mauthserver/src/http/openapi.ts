// SPDX-License-Identifier: MIT
import * as api from "@mauth/protocol/api";
import * as z from "zod/mini";
import type { Route } from "./route.ts";

type Json = Readonly<Record<string, unknown>>;

/** The schemas that the description names; others are written out where they are used. */
const NAMED = {
  Account: api.Account,
  AccountInput: api.AccountInput,
  AccountPatch: api.AccountPatch,
  Announcement: api.Announcement,
  AnnouncementRequest: api.AnnouncementRequest,
  AuditEntry: api.AuditEntry,
  BulkInput: api.BulkInput,
  BulkResult: api.BulkResult,
  Confirmation: api.Confirmation,
  Credentials: api.Credentials,
  Decision: api.Decision,
  Denied: api.Denied,
  Explanation: api.Explanation,
  FirstAccount: api.FirstAccount,
  FirstRun: api.FirstRun,
  Grant: api.Grant,
  GrantInput: api.GrantInput,
  GrantPatch: api.GrantPatch,
  Ignored: api.Ignored,
  ImportApply: api.ImportApply,
  ImportPlan: api.ImportPlan,
  ImportResult: api.ImportResult,
  InternalInterface: api.InternalInterface,
  Me: api.Me,
  ModeInput: api.ModeInput,
  Mrouter: api.Mrouter,
  MrouterInput: api.MrouterInput,
  MrouterPatch: api.MrouterPatch,
  NewToken: api.NewToken,
  Problem: api.Problem,
  SenderStats: api.SenderStats,
  Session: api.Session,
  SettingsInput: api.SettingsInput,
  SettingsValue: api.SettingsValue,
  Token: api.Token,
  TokenInput: api.TokenInput,
} as const;

/** Describes a table of routes (OpenAPI 3.1). */
export function describeApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const line of routes) (paths[line.path] ??= {})[line.method] = operationOf(line);
  return {
    openapi: "3.1.1",
    info: {
      title: "mauth",
      version,
      description: "Who may send multicast. Logins need X-CSRF-Token with every change; programs use a token instead.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/api/v1" }],
    paths,
    components: {
      schemas: namedSchemas(),
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        login: { type: "apiKey", in: "cookie", name: "__Host-mauth", description: "Without TLS its name is mauth." },
      },
    },
    security: [{ token: [] }, { login: [] }],
  };
}

function operationOf(line: Route): Json {
  return {
    operationId: operationIdOf(line),
    summary: line.summary,
    description: needsOf(line),
    ...(line.role === "anyone" && { security: [] }),
    parameters: [...pathParameters(line.path), ...queryParameters(line), ...headerParameters(line)],
    ...(line.body && { requestBody: { required: true, content: contentOf(line.bodyTypes, line.body, "input") } }),
    responses: {
      [line.status ?? (line.answer || line.answerTypes ? 200 : 204)]: {
        description: "done",
        ...(line.isConditional && line.method === "get" && { headers: ETAG }),
        ...((line.answer || line.answerTypes) && { content: contentOf(line.answerTypes, line.answer, "output") }),
      },
      ...(line.isConditional && line.method !== "get" && { 412: problemResponse("changed since it was read") }),
      default: problemResponse("refused"),
    },
  };
}

const ETAG: Json = {
  ETag: { description: "Of its last change, for If-Match.", schema: { type: "string" } },
};

function problemResponse(description: string): Json {
  return {
    description,
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}

function needsOf({ role, needsPassword }: Route): string {
  if (role === "anyone") return "Needs no login.";
  const confirmed = ` A login may be asked for its password again: 403 with the type ${api.PASSWORD_NEEDED}.`;
  return `Needs the role ${role} or a higher one.${needsPassword ? confirmed : ""}`;
}

/** "get /grants/{id}" is getGrantsId. */
function operationIdOf({ method, path }: Route): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter(Boolean);
  return method + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
}

function pathParameters(path: string): Json[] {
  return Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters({ query }: Route): Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query, "input") as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function headerParameters({ method, role, isConditional }: Route): Json[] {
  if (method === "get" || role === "anyone") return [];
  const sentence = "ETag of what was read; 412 with the member `changed` when it has changed since.";
  return [
    ...(isConditional ? [header("If-Match", sentence)] : []),
    header("X-CSRF-Token", "csrfToken of GET /me; needed by logins, not by tokens."),
    header(
      "Idempotency-Key",
      "A repeated request with the same key gets the answer of the first, within a day; about grants, announcements and settings also after a restart.",
    ),
  ];
}

function header(name: string, description: string): Json {
  return { name, in: "header", required: false, description, schema: { type: "string" } };
}

function contentOf(
  types: readonly string[] = ["application/json"],
  schema?: z.ZodMiniType,
  io: "input" | "output" = "output",
): Json {
  const json = schema ? schemaOf(schema, io) : { type: "string" };
  return Object.fromEntries(
    types.map((type) => [type, { schema: type === "application/json" ? json : { type: "string" } }]),
  );
}

const registry = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });

/** A schema as JSON Schema 2020-12, with the named ones by reference. */
function schemaOf(schema: z.ZodMiniType, io: "input" | "output"): Json {
  const { $schema: _, $defs: __, ...json } = z.toJSONSchema(schema, { io, metadata: registry, unrepresentable: "any" });
  return JSON.parse(JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}

function namedSchemas(): Json {
  return Object.fromEntries(
    Object.entries(NAMED).map(([id, schema]) => {
      const wrapped = z.toJSONSchema(schema, { io: "input", metadata: registry, unrepresentable: "any" });
      const { $schema: _, $defs, ...json } = wrapped;
      const own = json.$ref === undefined ? json : ($defs?.[id] ?? json);
      const { id: __, ...plain } = own as Json;
      return [id, JSON.parse(JSON.stringify(plain).replaceAll('"#/$defs/', '"#/components/schemas/'))];
    }),
  );
}
