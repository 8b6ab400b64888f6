// SPDX-License-Identifier: MIT
import type { Me } from "@mauth/protocol/api";
import type { Fetch } from "../src/state/api.ts";

/** What a test's mauthserver answers: a status and a body. */
export type Answer = { readonly status?: number; readonly body?: unknown };

export const ADMIN: Me = { name: "ada", role: "admin", csrfToken: "csrf-1", expiresAt: null };

/** The REST interface of a test: answers by "METHOD /path" without the query, and everything that was asked. */
export class FakeRest {
  readonly asked: { readonly method: string; readonly path: string; readonly body: unknown; readonly csrf: string }[] =
    [];
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
    this.asked.push({ method: request.method, path: local, body, csrf: request.headers["x-csrf-token"] ?? "" });
    const answer = this.#answers.get(`${request.method} ${local.split("?", 1)[0]}`);
    const { status = 200, body: said } = answer?.(body, local) ?? { status: 404, body: { title: "none", status: 404 } };
    return Promise.resolve({ status, text: () => Promise.resolve(said === undefined ? "" : JSON.stringify(said)) });
  };
}
