// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Me } from "@mauth/protocol/api";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { parseConfig } from "../config.ts";
import { silentLog } from "../log.ts";
import { FakeMusersd } from "../mrouters/testing/fake-musersd.ts";
import { Server } from "../server.ts";
import { freePort } from "./free-port.ts";

/** The password of every account here. */
export const PASSWORD = "correct horse";

/** A client of the API with a login or a token of its own. */
export class ApiClient {
  readonly #url: string;
  headers: Record<string, string> = {};

  constructor(url: string) {
    this.#url = url;
  }

  async ask(method: string, target: string, body?: unknown, more: Record<string, string> = {}): Promise<Response> {
    const json = body === undefined ? {} : { "Content-Type": "application/json" };
    const response = await fetch(`${this.#url}${target}`, {
      method,
      // No connection outlives a restart of the server, which fetch would go on with.
      headers: { Connection: "close", ...json, ...this.headers, ...more },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // fetch fails an assertion of its own when a connection ends whose answer nobody reads.
    const content = await response.arrayBuffer();
    return new Response(content.byteLength === 0 ? null : content, response);
  }

  async login(name: string): Promise<Me> {
    return this.keep(await this.ask("POST", "/login", { name, password: PASSWORD }));
  }

  /** Goes on as the login of an answer. */
  async keep(response: Response): Promise<Me> {
    const me = (await response.json()) as Me;
    const [cookie = ""] = response.headers.getSetCookie();
    this.headers = { Cookie: cookie.split(";")[0]!, "X-CSRF-Token": me.csrfToken };
    return me;
  }
}

/** A real mauthserver with one mrouter that speaks v2, for tests of the API. */
export class ApiWorld {
  readonly musersd: FakeMusersd;
  readonly port: number;
  readonly #folder: string;
  readonly #clock: Clock;
  #server: Server | undefined;

  constructor(parts: { musersd: FakeMusersd; port: number; folder: string; clock: Clock }) {
    this.musersd = parts.musersd;
    this.port = parts.port;
    this.#folder = parts.folder;
    this.#clock = parts.clock;
  }

  static async start({ clock = systemClock, config = "" } = {}): Promise<ApiWorld> {
    const folder = await mkdtemp(path.join(tmpdir(), "mauth-api-"));
    const musersd = await new FakeMusersd({ v2: true }).start();
    const world = new ApiWorld({ musersd, port: await freePort(), folder, clock });
    await world.restart(config);
    return world;
  }

  get server(): Server {
    if (this.#server === undefined) throw new Error("the server does not run");
    return this.#server;
  }

  /** Starts the server, again with the same store where it ran; `more` is added to its configuration. */
  async restart(more = ""): Promise<void> {
    await this.#server?.stop();
    const text = `
      listen = "127.0.0.1:${this.port}"
      store = "sqlite:${this.#folder}/mauth.db"
      ${more}
      [[mrouter]]
      name = "edge-1"
      address = "${this.musersd.address}"
      protocol = "v2"
      networks = ["192.0.2.0/24"]`;
    const config = parseConfig(text, "test.toml");
    this.#server = new Server({ config, clock: this.#clock, log: silentLog, onFailed: failTest });
    await this.#server.start();
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    await this.musersd.stop();
    await rm(this.#folder, { recursive: true });
  }

  client(): ApiClient {
    return new ApiClient(`http://127.0.0.1:${this.port}/api/v1`);
  }

  /** An admin, made on the first-run page. */
  async admin(): Promise<ApiClient> {
    const first = this.client();
    await first.keep(await first.ask("POST", "/first-run", { name: "alice", password: PASSWORD }));
    return first;
  }

  /** A new account of a role, which is its name, logged in. */
  async withRole(by: ApiClient, role: string, scope?: object): Promise<ApiClient> {
    await by.ask("POST", "/accounts", { name: role, role, password: PASSWORD, ...(scope && { scope }) });
    const made = this.client();
    await made.login(role);
    return made;
  }
}

function failTest(error: unknown): never {
  throw error;
}
