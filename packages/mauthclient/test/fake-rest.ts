// SPDX-License-Identifier: MIT
import type { Me } from "@mauth/protocol/api";
import type { Fetch } from "../src/state/api.ts";

/** What a test's mauthserver answers: a status, a body and the version of what it is about. */
export type Answer = { readonly status?: number; readonly body?: unknown; readonly tag?: string };

export const ADMIN: Me = { name: "ada", role: "admin", csrfToken: "csrf-1", expiresAt: null };

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly csrf: string;
  readonly ifMatch: string | undefined;
}

/** The REST interface of a test: answers by "METHOD /path" without the query, and everything that was asked. */
export class FakeRest {
  readonly asked: Asked[] = [];
  readonly #answers = new Map<string, (body: unknown, path: string) => Answer>();
  /** Nobody answers while this is true. */
  isDown = false;

  constructor(me: Me = ADMIN) {
    this.on("GET /me", () => ({ body: me }));
    this.on("GET /first-run", () => ({ body: { open: false, needed: false, codeNeeded: false } }));
  }

  on(what: string, answer: (body: unknown, path: string) => Answer): void {
    this.#answers.set(what, answer);
  }

  readonly fetch: Fetch = (path, request) => {
    if (this.isDown) return Promise.reject(new TypeError("network"));
    const local = path.replace("/api/v1", "");
    const body: unknown = request.body === null ? undefined : JSON.parse(request.body);
    const { "x-csrf-token": csrf = "", "if-match": ifMatch } = request.headers;
    this.asked.push({ method: request.method, path: local, body, csrf, ifMatch });
    const answer = this.#answers.get(`${request.method} ${local.split("?", 1)[0]}`);
    const none: Answer = { status: 404, body: { title: "none", status: 404 } };
    const { status = 200, body: said, tag = null } = answer?.(body, local) ?? none;
    const text = said === undefined ? "" : JSON.stringify(said);
    return Promise.resolve({ status, headers: { get: () => tag }, text: () => Promise.resolve(text) });
  };
}
