// SPDX-License-Identifier: MIT
import { PASSWORD_NEEDED, Problem } from "@mauth/protocol/api";
import type * as z from "zod/mini";

/** How the console reaches mauthserver besides the push feed; `fetch` of the browser, and something smaller in tests. */
export type Fetch = (path: string, request: FetchRequest) => Promise<FetchReply>;

export interface FetchRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

export interface FetchReply {
  readonly status: number;
  readonly headers?: { get(name: string): string | null };
  text(): Promise<string>;
}

/**
 * How a request ended. `refused`: nothing changed, and `sentence` says why; `unknown`: no answer or one that makes no sense, so that a
 * change may or may not have happened.
 */
export type Reply<Value> =
  | { readonly outcome: "ok"; readonly value: Value; /** Its version. */ readonly tag?: string }
  | {
      readonly outcome: "refused";
      readonly status: number;
      readonly sentence: string;
      /** What somebody else changed meanwhile, when it was refused for that. */
      readonly changed?: Changed;
    }
  | { readonly outcome: "unknown" };

export type Changed = NonNullable<Problem["changed"]>;

/** A body that is written already, such as a file. */
export interface Content {
  readonly type: string;
  readonly text: string;
}

/** A whole answer may take this long; a change of thousands of grants is the slowest. */
export const REQUEST_TIMEOUT_MS = 30_000;

interface Sent<Schema extends z.ZodMiniType> {
  readonly body?: unknown;
  readonly content?: Content;
  /** The version that is meant: anything else is left as it is (RFC 9110 §13.1.1). */
  readonly ifMatch?: string | undefined;
  readonly schema?: Schema;
}

interface Answer {
  readonly status: number;
  /** The entity tag, null where there is none. */
  readonly tag: string | null;
  readonly body: unknown;
}

const PREFIX = "/api/v1";

/** Speaks `/api/v1`. */
export class Api {
  readonly #fetch: Fetch;
  readonly #onLoggedOut: () => void;
  /** Asks for the password again; true when it was given. */
  readonly #onPasswordNeeded: () => Promise<boolean>;
  /** Sent with every change; from `GET /me`. */
  csrfToken = "";

  constructor(
    fetch: Fetch,
    onLoggedOut: () => void = () => undefined,
    onPasswordNeeded: () => Promise<boolean> = async () => false,
  ) {
    this.#fetch = fetch;
    this.#onLoggedOut = onLoggedOut;
    this.#onPasswordNeeded = onPasswordNeeded;
  }

  /** Reads `path`, which begins with a slash. */
  get<Schema extends z.ZodMiniType>(path: string, schema: Schema): Promise<Reply<z.infer<Schema>>> {
    return this.#call({ method: "GET", path, schema });
  }

  /** Changes something; the answer's body is looked at only when a schema is given. */
  send<Schema extends z.ZodMiniType>(
    method: "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    options: Sent<Schema> = {},
  ): Promise<Reply<z.infer<Schema>>> {
    return this.#call({ method, path, ...options });
  }

  async #call<Schema extends z.ZodMiniType>(
    call: Sent<Schema> & { readonly method: string; readonly path: string },
  ): Promise<Reply<z.infer<Schema>>> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (call.method !== "GET") headers["x-csrf-token"] = this.csrfToken;
    if (call.ifMatch !== undefined) headers["if-match"] = call.ifMatch;
    const content = call.content ?? jsonOf(call.body);
    if (content !== null) headers["content-type"] = content.type;
    const body = content?.text ?? null;
    const reply = await this.#exchange(`${PREFIX}${call.path}`, { method: call.method, headers, body });
    if (reply === undefined) return { outcome: "unknown" };
    if (reply.status === 401) this.#onLoggedOut();
    if (isPasswordNeeded(reply) && (await this.#onPasswordNeeded())) return this.#call(call);
    if (reply.status >= 400) return refusalOf(reply);
    const tag = reply.tag === null ? {} : { tag: reply.tag };
    // Without a schema nobody reads the value.
    if (call.schema === undefined) return { outcome: "ok", value: undefined as z.infer<Schema>, ...tag };
    const value = call.schema.safeParse(reply.body);
    return value.success ? { outcome: "ok", value: value.data, ...tag } : { outcome: "unknown" };
  }

  async #exchange(path: string, request: FetchRequest): Promise<Answer | undefined> {
    try {
      const reply = await this.#fetch(path, request);
      const tag = reply.headers?.get("etag") ?? null;
      return { status: reply.status, tag, body: parseJson(await reply.text()) };
    } catch {
      // No network, a timeout, a connection that broke: nobody can say more than "unknown".
      return undefined;
    }
  }
}

/** The browser's; the only file that knows `fetch`. */
export const browserFetch: Fetch = (path, request) =>
  fetch(path, { ...request, credentials: "same-origin", signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });

function isPasswordNeeded({ status, body }: Answer): boolean {
  return status === 403 && Problem.safeParse(body).data?.type === PASSWORD_NEEDED;
}

function refusalOf({ status, body }: Answer): Reply<never> & { outcome: "refused" } {
  const problem = Problem.safeParse(body);
  if (!problem.success) return { outcome: "refused", status, sentence: `HTTP ${status}` };
  const { title, detail, errors = [], changed } = problem.data;
  const fields = errors.map((one) => `${one.pointer.replace(/^\//, "")} ${one.detail}`);
  const sentence = [detail ?? title, ...fields].join("; ");
  return { outcome: "refused", status, sentence, ...(changed === undefined ? {} : { changed }) };
}

function jsonOf(body: unknown): Content | null {
  return body === undefined ? null : { type: "application/json", text: JSON.stringify(body) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Empty bodies and pages of a proxy; the caller's schema refuses them.
    return undefined;
  }
}
