// SPDX-License-Identifier: MIT
import { expect } from "@playwright/test";
import type { Lab } from "../../lab/lab.ts";

/** Somebody else who decides at the same mauthserver, by REST. */
export class Colleague {
  readonly #api: string;
  readonly #csrfToken: string;

  constructor(api: string, csrfToken: string) {
    this.#api = api;
    this.#csrfToken = csrfToken;
  }

  static async join(lab: Lab): Promise<Colleague> {
    const api = `${lab.url}/api/v1`;
    const me = (await (await fetch(`${api}/me`)).json()) as { csrfToken: string };
    return new Colleague(api, me.csrfToken);
  }

  async read<Value>(path: string): Promise<Value> {
    return (await (await fetch(this.#api + path)).json()) as Value;
  }

  /** Changes something; it is done when this returns. */
  async send(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: object): Promise<void> {
    const headers = { "content-type": "application/json", "x-csrf-token": this.#csrfToken };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(this.#api + path, init);
    expect(response.ok, `${method} ${path}: ${response.status} ${await response.text()}`).toBe(true);
  }
}
