// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Grant } from "@mauth/protocol/api";
import { COMMAND } from "@mauth/protocol/v1";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { objectionToRequest } from "../accounts/permission.ts";
import { csrfTokenOf } from "../accounts/secret.ts";
import { systemClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import { testAccess } from "../testing/access.ts";
import { TestConsole } from "../testing/console.ts";
import { until } from "../testing/until.ts";
import { Admission } from "./admission.ts";
import { Board } from "./board.ts";
import { Hub } from "./hub.ts";
import { admitVisitor, maySee } from "./visitor.ts";

const by = { name: "test", from: null };
const password = "correct horse";
const { add, remove } = COMMAND;

describe("the push feed with accounts", () => {
  let access: Awaited<ReturnType<typeof testAccess>>;
  let board: Board;
  let hub: Hub;
  let http: Server;
  let url: string;

  beforeEach(async () => {
    access = await testAccess();
    board = new Board();
    http = createServer().listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as AddressInfo;
    url = `ws://127.0.0.1:${port}/ws`;
    hub = new Hub({
      board,
      admission: new Admission([`http://127.0.0.1:${port}`]),
      version: "1.2.3",
      logId: "log-1",
      clock: systemClock,
      log: silentLog,
      identify: (request) => admitVisitor(request, access.gate, access.cookie),
      decide: async (request, { principal }) =>
        objectionToRequest(principal, request, (id) => board.get("grant", id)) ? "error" : "ack",
    });
    http.on("upgrade", (request, socket, head) => hub.upgrade(request, socket, head));
  });
  afterEach(async () => {
    await hub.close();
    http.close();
    http.closeAllConnections();
  });

  async function login(role: "viewer" | "approver" | "operator" | "admin"): Promise<string> {
    await access.accounts.add({ name: role, role, password }, by);
    return access.logins.begin(role, by);
  }

  async function openAs(secret: string): Promise<TestConsole> {
    const headers = { cookie: `mauth=${secret}` };
    return TestConsole.open(`${url}?csrf=${csrfTokenOf(secret)}`, { headers });
  }

  it("is closed to everybody without a login as soon as there is an account", async () => {
    const early = await TestConsole.open(url);
    const closed = once(early.socket, "close");
    const secret = await login("viewer");
    expect((await closed)[0]).toBe(4401);
    expect(await statusOf(url, {})).toBe(401);
    expect(await statusOf(url, { cookie: "mauth=wrong" })).toBe(401);
    expect(await statusOf(url, { authorization: "Bearer mauth_wrong" })).toBe(401);
    expect(await statusOf(url, { cookie: `mauth=${secret}` })).toBe(403);
    expect(await statusOf(`${url}?csrf=${csrfTokenOf("other")}`, { cookie: `mauth=${secret}` })).toBe(403);
    await (await openAs(secret)).close();
    expect(hub.counters).toMatchObject({ connected: 2, refusedLogin: 5, closedLogin: 1 });
  });

  it("ends with the login", async () => {
    const secret = await login("admin");
    const opened = await openAs(secret);
    const closed = once(opened.socket, "close");
    await access.logins.end(secret, by);
    expect((await closed)[0]).toBe(4401);
    expect(await statusOf(url, { cookie: `mauth=${secret}` })).toBe(401);
  });

  it("ends with the token", async () => {
    await login("admin");
    const made = await access.tokens.add({ name: "ci", role: "operator" }, by);
    const { secret, token } = made.ok ? made.value : expect.fail();
    const opened = await TestConsole.open(url, { headers: { authorization: `Bearer ${secret}` } });
    expect(await opened.call(add, "192.0.2.1", "239.1.2.3", 16)).toBe("ack");
    const closed = once(opened.socket, "close");
    await access.tokens.remove(token.id, by);
    expect((await closed)[0]).toBe(4401);
  });

  it.each([
    ["viewer", "error", "error", "error"],
    ["approver", "error", "ack", "error"],
    ["operator", "ack", "ack", "ack"],
  ] as const)("answers a %s: permit %s, revoke of the own %s, of others' %s", async (role, permit, own, others) => {
    const opened = await openAs(await login(role));
    board.add("grant", grantBy(role, "239.1.0.1"));
    board.add("grant", grantBy("somebody", "239.1.0.2"));
    expect(await opened.call(add, "192.0.2.1", "239.1.2.3", 16)).toBe(permit);
    expect(await opened.call(remove, "192.0.2.1", "239.1.0.1")).toBe(own);
    expect(await opened.call(remove, "192.0.2.1", "239.1.0.2")).toBe(others);
    await opened.close();
  });

  it("obeys the role of now, not that of when it was opened", async () => {
    await login("admin");
    const opened = await openAs(await login("operator"));
    await access.accounts.edit("operator", { role: "viewer" }, by);
    expect(await opened.call(add, "192.0.2.1", "239.1.2.3", 16)).toBe("error");
    await access.accounts.remove("operator", by);
    const closed = once(opened.socket, "close");
    void opened.call(add, "192.0.2.1", "239.1.2.3", 16).catch(() => {});
    await until(() => opened.socket.readyState !== WebSocket.OPEN, "closed");
    await closed;
  });
});

it("shows accounts and tokens to admins, the audit log to operators", () => {
  expect(["viewer", "operator", "admin"].map((role) => maySee(role as "viewer", "account"))).toEqual([
    false,
    false,
    true,
  ]);
  expect(["viewer", "approver", "operator"].map((role) => maySee(role as "viewer", "audit"))).toEqual([
    false,
    false,
    true,
  ]);
  expect(maySee("viewer", "session")).toBe(true);
});

async function statusOf(target: string, headers: Record<string, string>): Promise<number | undefined> {
  const socket = new WebSocket(target, { headers });
  const [request, response] = (await once(socket, "unexpected-response")) as [
    import("node:http").ClientRequest,
    import("node:http").IncomingMessage,
  ];
  request.destroy();
  return response.statusCode;
}

function grantBy(permittedBy: string, group: string): Grant {
  const id = `192.0.2.1>${group}`;
  return { id, source: "192.0.2.1", group, maxTtl: 16, permittedAt: 0, permittedBy, enforcement: [] };
}
