// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { connect } from "node:net";
import type { AuditEntry, NewToken } from "@mauth/protocol/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FAILURES_MAX } from "../accounts/lockout.ts";
import { ApiWorld, PASSWORD } from "../testing/api-world.ts";
import type { ApiClient } from "../testing/api-world.ts";
import { LoginCookie } from "./cookie.ts";
import { formatCsv, parseCsv } from "./csv.ts";

describe("an attacker", () => {
  let world: ApiWorld;
  let alice: ApiClient;

  beforeEach(async () => {
    world = await ApiWorld.start();
    alice = await world.admin();
  });
  afterEach(async () => world.stop());

  async function login(name: string, password: string, headers: Record<string, string> = {}): Promise<Response> {
    return world.client().ask("POST", "/login", { name, password }, headers);
  }

  async function audit(query: string): Promise<AuditEntry[]> {
    return ((await (await alice.ask("GET", `/audit?${query}`)).json()) as { items: AuditEntry[] }).items;
  }

  /** A program with a token of that name. */
  async function program(name: string): Promise<ApiClient> {
    const { secret } = (await (await alice.ask("POST", "/tokens", { name, role: "admin" })).json()) as NewToken;
    const made = world.client();
    made.headers = { Authorization: `Bearer ${secret}` };
    return made;
  }

  it("learns from a lock-out as little about who has an account as from a wrong password", async () => {
    const statuses: Record<string, number[]> = { alice: [], nobody: [] };
    for (const [name, ofName] of Object.entries(statuses))
      for (let count = 0; count <= FAILURES_MAX; count++) ofName.push((await login(name, `wrong ${count}`)).status);
    expect(statuses["nobody"]).toEqual([401, 401, 401, 401, 401, 429]);
    expect(statuses["alice"]).toEqual(statuses["nobody"]);
  });

  it("cannot leave a login behind in a browser in which somebody else logs in", async () => {
    const before = await login("alice", PASSWORD);
    const old = { Cookie: before.headers.getSetCookie()[0]?.split(";")[0] ?? "" };
    expect((await world.client().ask("GET", "/me", undefined, old)).status).toBe(200);
    expect((await login("alice", "wrong", old)).status).toBe(401);
    expect((await world.client().ask("GET", "/me", undefined, old)).status).toBe(200);
    expect((await login("alice", PASSWORD, old)).status).toBe(200);
    expect((await world.client().ask("GET", "/me", undefined, old)).status).toBe(401);
    expect((await alice.ask("GET", "/me")).status).toBe(200);
  });

  it("cannot log somebody in from another site", async () => {
    expect((await login("alice", PASSWORD, { Origin: "https://evil.example" })).status).toBe(403);
    const body = JSON.stringify({ name: "alice", password: PASSWORD });
    const url = `http://127.0.0.1:${world.port}/api/v1/login`;
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      const answer = await fetch(url, { method: "POST", headers: { "Content-Type": type }, body });
      await answer.arrayBuffer();
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([415, []]);
    }
  });

  it("finds no door for a token in the address, which logs and histories keep", async () => {
    const { headers } = await program("nms");
    const secret = headers["Authorization"]?.split(" ")[1] ?? "";
    expect((await world.client().ask("GET", "/me", undefined, headers)).status).toBe(200);
    for (const name of ["token", "access_token", "authorization", "api_key"])
      expect((await world.client().ask("GET", `/me?${name}=${secret}`)).status).toBe(401);
    expect((await world.client().ask("GET", "/me", undefined, { Cookie: `mauth=${secret}` })).status).toBe(401);
  });

  it("does not choose the address that is written down", async () => {
    await alice.ask("PUT", "/settings", { deletionPolicy: "keep" }, { "X-Forwarded-For": "198.51.100.9" });
    expect((await audit("entity=setting"))[0]).toMatchObject({ from: "127.0.0.1" });
  });

  it("gets nobody else's answer by an idempotency key that reads like another's", async () => {
    const [victim, attacker] = [await program("nms one"), await program("nms")];
    const input = { name: "secret", role: "admin" };
    expect((await victim.ask("POST", "/tokens", input, { "Idempotency-Key": "k" })).status).toBe(201);
    expect((await attacker.ask("POST", "/tokens", input, { "Idempotency-Key": "one k" })).status).toBe(409);
  });

  it("writes no control or direction characters into the log as a name", async () => {
    await login("\u202ealice\u0000\u001b[31m\u2066", "wrong");
    const [entry] = await audit("entity=login");
    expect(entry?.actor).toBe("\ufffdalice\ufffd\ufffd[31m\ufffd");
    expect(entry?.key).toBe(entry?.actor);
  });

  it("finds nothing behind the names that every object has", async () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      for (const list of ["grants", "sessions", "mrouters", "accounts", "announcements"])
        expect((await alice.ask("GET", `/${list}/${name}`)).status).toBe(404);
      expect((await alice.ask("GET", `/grants?${name}=1`)).status).toBe(422);
      expect((await alice.ask("DELETE", `/tokens/${name}`)).status).toBe(404);
      expect((await login(name, PASSWORD)).status).toBe(401);
    }
  });

  it.each(["mauthserver", "Console", "sap", "configuration", "nobody"])(
    "is not taken for the server as %s",
    async (name) => {
      const made = await alice.ask("POST", "/accounts", { name, role: "approver", password: PASSWORD });
      expect(made.status).toBe(422);
    },
  );

  it.each(["\u202enimda", "a\r\nb", "a\u0000", "a\u200bb", "\u2028"])(
    "hides nothing in the name of a token: %j",
    async (name) => {
      expect((await alice.ask("POST", "/tokens", { name, role: "viewer" })).status).toBe(422);
    },
  );

  it.each([
    ["an operator", "operator"],
    ["an admin", "admin"],
  ])("does not leave a scope as %s", async (_, role) => {
    const scope = { groups: ["233.252.0.0/28"] };
    const input = { name: "scoped", role, scope };
    const { secret } = (await (await alice.ask("POST", "/tokens", input)).json()) as NewToken;
    const scoped = world.client();
    scoped.headers = { Authorization: `Bearer ${secret}` };
    expect(
      (await scoped.ask("POST", "/grants", { source: "192.0.2.10", group: "233.252.0.1", maxTtl: 8 })).status,
    ).toBe(201);
    await alice.ask("PUT", "/settings", { deletionPolicy: "keep" });
    const [changed] = await audit("entity=setting");
    const edge = { name: "edge-9", address: "127.0.0.1:9", protocol: "v2", networks: ["198.51.100.0/24"] };
    const tries = [
      ["PUT", "/mrouters/edge-1/interfaces/lan0", { mode: "monitor" }],
      ["POST", "/tokens", { name: "unscoped", role }],
      ["POST", "/accounts", { name: "mallory", role, password: PASSWORD }],
      ["POST", "/mrouters", edge],
      ["PUT", "/settings", { deletionPolicy: "revoke" }],
      ["POST", `/audit/${changed?.rev}/undo`, undefined],
    ] as const;
    const statuses = [];
    for (const [method, path, body] of tries) statuses.push((await scoped.ask(method, path, body)).status);
    expect(statuses).toEqual(tries.map(() => 403));
    expect((await audit("entity=mrouter")).length).toBe(1);
    expect(world.musersd.status.interfaces).toMatchObject([{ name: "lan0" }]);
    expect(world.musersd.status.interfaces[0]?.isMonitored).not.toBe(true);
  });

  it("takes ids of any length as ids of nothing", async () => {
    for (const length of [1000, 8000])
      for (const list of ["grants", "sessions", "mrouters", "accounts"])
        expect((await alice.ask("GET", `/${list}/${"9".repeat(length)}`)).status).toBe(404);
    for (const rev of ["9".repeat(400), "-1", "1e3", "0x10", "٣"])
      expect((await alice.ask("POST", `/audit/${encodeURIComponent(rev)}/undo`)).status).toBe(404);
  });

  it("goes around the limit of logins by no other spelling of the path", async () => {
    const paths = ["/login", "/login/", "/LOGIN", "/login?x=1", "/Login/?"];
    const statuses: number[] = [];
    for (let count = 0; count < 25; count++) {
      const target = paths[count % paths.length] ?? "";
      statuses.push((await world.client().ask("POST", target, { name: `nobody-${count}`, password: "x" })).status);
    }
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(20);
    expect(statuses.at(-1)).toBe(429);
  });

  it.each([
    ["without a login", "/ws"],
    ["at a place where there is none", "/elsewhere"],
  ])("cannot hold connections by asking for a WebSocket %s and never closing", async (_, target) => {
    const socket = connect({ port: world.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
    const key = `Sec-WebSocket-Key: ${"A".repeat(22)}==`;
    socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\n${upgrade}\r\n${key}\r\n\r\n`);
    let answer = "";
    socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
    await once(socket, "end");
    expect(answer).toMatch(/^HTTP\/1\.1 40[14] /);
    // A connection that the server has let go answers what is still sent with a reset.
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const more = setInterval(() => socket.write("x"), 100);
    await closed;
    clearInterval(more);
  });
});

describe("two cookies of one name, of which another program on this host may have set one", () => {
  const cookie = new LoginCookie({ isSecure: false });

  it.each([
    ["mauth=AAAA; mauth=BBBB", undefined],
    ["mauth=AAAA; other=1; mauth=AAAA", "AAAA"],
    ["mauth=; mauth=BBBB", "BBBB"],
    ["xmauth=AAAA; mauth=BBBB", "BBBB"],
  ])("%s: %s is believed", (field, secret) => {
    expect(cookie.read(field)).toBe(secret);
  });
});

describe("a cell that a spreadsheet would take for a formula", () => {
  // OWASP, CSV injection: these characters begin one, some of them only in some programs.
  it.each(["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠SUM(1)"])(
    "begins with an apostrophe: %j",
    (text) => {
      const csv = [...formatCsv(["a"], [text], (cell) => [cell])].join("");
      expect(parseCsv(csv)).toEqual([["a"], [`'${text}`]]);
    },
  );
});
