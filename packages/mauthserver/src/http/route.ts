// SPDX-License-Identifier: MIT
import type { Role } from "@mauth/protocol/api";
import type * as z from "zod/mini";
import type { By } from "../by.ts";
import type { Principal } from "../accounts/principal.ts";
import type { IfMatch } from "./if-match.ts";
import type { Result } from "./problem.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** A request that was let in, with everything in it checked. */
export interface Call<Query = unknown, Body = unknown> {
  /** What stands for the {names} of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** Who is asking; "nobody" on routes for anyone. */
  readonly principal: Principal | undefined;
  /** The same as it is written into the log. */
  readonly by: By;
  readonly ifMatch: IfMatch;
  /** Value of the login cookie. */
  readonly cookie: string | undefined;
  /** Value of the cookie that makes a browser known in which somebody logged in before. */
  readonly device: string | undefined;
}

/** An answer that is no refusal. */
export interface Reply {
  /** 200 unless given, 204 without a body. */
  readonly status?: number;
  readonly json?: unknown;
  /** Instead of JSON, in pieces. */
  readonly text?: { readonly type: string; readonly pieces: Iterable<string> };
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Of the last change of what is answered: its entity tag. */
  readonly rev?: number | undefined;
}

/** One line of the table from which router, role checks and the OpenAPI description derive. */
export interface Route<Query = unknown, Body = unknown> {
  readonly method: Method;
  /** Under /api/v1, such as "/grants/{id}". */
  readonly path: string;
  readonly summary: string;
  /** The least role; "anyone" needs no login. */
  readonly role: Role | "anyone";
  readonly query?: z.ZodMiniType<Query>;
  readonly body?: z.ZodMiniType<Body>;
  /** Bytes of a request's body. */
  readonly bodyBytesMax?: number;
  /** Content types of the body instead of JSON alone. */
  readonly bodyTypes?: readonly string[];
  readonly answer?: z.ZodMiniType;
  /** Of a success. */
  readonly status?: number;
  /** Neither request nor answer holds a secret: what is asked with an Idempotency-Key is known after a restart. */
  readonly keepsAnswer?: true;
  /** Heeds If-Match. */
  readonly isConditional?: true;
  /** Content type of the answer instead of JSON. */
  readonly answerTypes?: readonly string[];
  /** What of it needs that the password was given lately, so that a console left open or a stolen cookie does less harm. */
  needsPassword?(this: void, call: Call<Query, Body>): boolean | Promise<boolean>;
  handle(call: Call<Query, Body>): Promise<Result<Reply>> | Result<Reply>;
}

/** Writes a line of the table; the types of query and body follow from their schemas. */
export function route<Query = undefined, Body = undefined>(line: Route<Query, Body>): Route {
  return line;
}

/** 200 with JSON, or another status. */
export function reply(json: unknown, more: Omit<Reply, "json"> = {}): { ok: true; value: Reply } {
  return { ok: true, value: { ...more, json } };
}

/** 204. */
export const NOTHING: { ok: true; value: Reply } = { ok: true, value: { status: 204 } };
