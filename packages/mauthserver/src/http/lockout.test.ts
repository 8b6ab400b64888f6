// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FAILURES_MAX, STRANGERS_FAILURES_MAX } from "../accounts/lockout.ts";
import { ApiWorld, PASSWORD } from "../testing/api-world.ts";
import { LOGINS_PER_MINUTE } from "./rate-limits.ts";

interface Answer {
  readonly status: number;
  readonly cookies: string;
}

/** Every address of 127.0.0.0/8 is of this machine: a client can come from any of them. */
const DESK = "127.0.1.1";
/** Up to 120 passwords are hashed, one after the other, each in 40 ms of a core that may have much else to do. */
const PATIENCE_MS = 120_000;

describe("an attacker who gives wrong passwords on purpose", { timeout: PATIENCE_MS }, () => {
  let world: ApiWorld;
  let atDesk: string;

  beforeEach(async () => {
    world = await ApiWorld.start();
    await world.admin();
    atDesk = (await login("alice", PASSWORD, DESK)).cookies;
  });
  afterEach(async () => world.stop());

  async function post(path: string, body: object, from: string, headers: Record<string, string>): Promise<Answer> {
    const options = { port: world.port, host: "127.0.0.1", localAddress: from, path: `/api/v1${path}`, method: "POST" };
    const asked = request({ ...options, headers: { ...headers, "Content-Type": "application/json" }, agent: false });
    asked.end(JSON.stringify(body));
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    answer.resume();
    await once(answer, "end");
    const cookies = (answer.headers["set-cookie"] ?? []).map((field) => field.split(";")[0]).join("; ");
    return { status: answer.statusCode ?? 0, cookies };
  }

  async function login(name: string, password: string, from: string, cookies = ""): Promise<Answer> {
    return post("/login", { name, password }, from, cookies === "" ? {} : { Cookie: cookies });
  }

  /** Uses up what strangers may guess. */
  async function guessFromEverywhere(name: string): Promise<number[]> {
    const statuses: number[] = [];
    for (let host = 1; host <= STRANGERS_FAILURES_MAX / FAILURES_MAX + 2; host++)
      for (let count = 0; count < FAILURES_MAX; count++)
        statuses.push((await login(name, `wrong ${count}`, `127.0.2.${host}`)).status);
    return statuses;
  }

  it("locks out the own address, and not the admin at the desk", async () => {
    const statuses: number[] = [];
    for (let count = 0; count <= FAILURES_MAX; count++)
      statuses.push((await login("alice", `wrong ${count}`, "127.0.2.1")).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await login("alice", PASSWORD, "127.0.2.1")).status).toBe(429);
    // Not even without the cookie.
    expect((await login("alice", PASSWORD, DESK)).status).toBe(200);
  });

  it("from many addresses locks out other strangers, and not a browser in which the admin logged in before", async () => {
    const statuses = await guessFromEverywhere("alice");
    expect(new Set(statuses.slice(0, STRANGERS_FAILURES_MAX))).toEqual(new Set([401]));
    // Strangers may guess once more every 72 s, and this may take its time.
    expect(statuses.slice(STRANGERS_FAILURES_MAX)).toContain(429);
    const strangers: number[] = [];
    for (let host = 1; host <= 3; host++) {
      await login("alice", "wrong", `127.0.3.${host}`);
      strangers.push((await login("alice", PASSWORD, `127.0.4.${host}`)).status);
    }
    expect(strangers).toContain(429);
    // From an address that guessed, such as that of a proxy for everybody.
    expect((await login("alice", PASSWORD, "127.0.2.1", atDesk)).status).toBe(200);
  });

  it("is no stranger where the admin was known before a restart", async () => {
    await world.restart();
    for (let count = 0; count < FAILURES_MAX; count++) await login("alice", `wrong ${count}`, "127.0.2.1");
    expect((await login("alice", PASSWORD, "127.0.2.1")).status).toBe(429);
    expect((await login("alice", PASSWORD, "127.0.2.1", atDesk)).status).toBe(200);
  });

  it("learns from that as little of a name that there is as of one that there is not", async () => {
    const [nobody, alice] = [await guessFromEverywhere("nobody"), await guessFromEverywhere("alice")];
    expect(nobody.slice(0, STRANGERS_FAILURES_MAX)).toEqual(alice.slice(0, STRANGERS_FAILURES_MAX));
    for (const statuses of [nobody, alice]) expect(statuses.slice(STRANGERS_FAILURES_MAX)).toContain(429);
  });

  it("cannot use up the logins of the address that the admin has as well", async () => {
    for (let count = 0; count <= LOGINS_PER_MINUTE; count++) await login(`nobody-${count}`, "x", DESK);
    expect((await login("alice", PASSWORD, DESK)).status).toBe(429);
    expect((await login("alice", PASSWORD, DESK, atDesk)).status).toBe(200);
  });

  it("guesses no more with the browser of the admin than from an address, and with an own one not at all more", async () => {
    const statuses: number[] = [];
    for (let count = 0; count <= FAILURES_MAX; count++)
      statuses.push((await login("alice", `wrong ${count}`, "127.0.2.1", atDesk)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    const csrf = await csrfOf(atDesk);
    const made = { name: "mallory", password: PASSWORD, role: "viewer" };
    expect((await post("/accounts", made, DESK, { Cookie: atDesk, "X-CSRF-Token": csrf })).status).toBe(201);
    const mallory = await login("mallory", PASSWORD, "127.0.2.2");
    expect(mallory.status).toBe(200);
    const known: number[] = [];
    for (let count = 0; count <= FAILURES_MAX; count++)
      known.push((await login("alice", `wrong ${count}`, "127.0.2.2", mallory.cookies)).status);
    expect(known).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it("who has stolen a login guesses for that login alone", async () => {
    const csrf = await csrfOf(atDesk);
    const headers = { Cookie: atDesk, "X-CSRF-Token": csrf };
    const statuses: number[] = [];
    for (let count = 0; count <= FAILURES_MAX; count++)
      statuses.push((await post("/me/confirmation", { password: `wrong ${count}` }, "127.0.2.1", headers)).status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
    expect((await login("alice", PASSWORD, DESK)).status).toBe(200);
  });

  async function csrfOf(cookies: string): Promise<string> {
    const client = world.client();
    client.headers = { Cookie: cookies };
    return ((await (await client.ask("GET", "/me")).json()) as { csrfToken: string }).csrfToken;
  }
});
