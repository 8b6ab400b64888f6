// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Announcement, Problem } from "@mauth/protocol/api";
import express from "express";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { Idempotency } from "../http/idempotency.ts";
import { serveRoutes } from "../http/router.ts";
import { silentLog } from "../log.ts";
import { Board } from "../push/board.ts";
import type { Outgoing } from "../sap/announcer.ts";
import { MemoryStore } from "../store/memory.ts";
import { testAccess } from "../testing/access.ts";
import { Announcing } from "./announcing.ts";
import { announcementRoutes } from "./routes.ts";

const links = () => [{ name: "lan0", ipv4: "192.0.2.5" }];

let store: MemoryStore;
let announcing: Announcing;
let http: Server;
let url: string;
let sent: Outgoing[];

beforeEach(async () => {
  sent = [];
  store = new MemoryStore();
  const board = new Board();
  const sender = {
    async send(outgoing: Outgoing) {
      sent.push(outgoing);
      return true;
    },
    async stop() {},
  };
  const fence = await store.lease("leader", "test");
  announcing = new Announcing({
    store,
    board,
    clock: systemClock,
    log: silentLog,
    fence,
    sender,
    links,
    random: () => 0,
  });
  const routes = announcementRoutes({ announcing, board, store });
  const access = await testAccess();
  const app = express().use(
    "/api/v1",
    serveRoutes({ ...access, routes, logId: "log1", idempotency: new Idempotency(systemClock, store) }),
  );
  http = createServer(app).listen(0, "127.0.0.1");
  await once(http, "listening");
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/api/v1/announcements`;
});
afterEach(async () => {
  http.close();
  http.closeAllConnections();
  await announcing.stop();
});

async function ask(
  method: string,
  path: string,
  body?: unknown,
  more: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const json = body === undefined ? {} : { "Content-Type": "application/json" };
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(url + path, { method, headers: { ...json, ...more }, ...init });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? undefined : (JSON.parse(text) as unknown),
  };
}

const stage = { title: "Stage", purpose: "audio", group: "233.252.0.9" };

it("a session is created, listed, read, changed and withdrawn", async () => {
  const created = await ask("POST", "", stage);
  expect(created.status).toBe(201);
  const announcement = Announcement.parse(created.body);
  const place = created.headers.get("location") ?? "";
  expect(place).toBe(`/api/v1/announcements/${announcement.id}`);
  expect((await ask("GET", "")).body).toMatchObject({ announcements: [announcement] });
  expect((await ask("GET", `/${announcement.id}`)).body).toEqual(announcement);
  const changed = await ask("PUT", `/${announcement.id}`, { ...stage, title: "Main stage" });
  expect(changed).toMatchObject({ status: 200, body: { title: "Main stage", sessVersion: 2, group: "233.252.0.9" } });
  expect((await ask("DELETE", `/${announcement.id}`)).status).toBe(204);
  expect((await ask("GET", "")).body).toMatchObject({ announcements: [] });
});

it("a session that somebody else changed meanwhile is not changed or withdrawn", async () => {
  const created = await ask("POST", "", stage);
  const path = `/${Announcement.parse(created.body).id}`;
  const seen = { "If-Match": created.headers.get("ETag") ?? "" };
  const first = await ask("PUT", path, { ...stage, title: "Main stage" }, seen);
  expect(first.status).toBe(200);
  for (const [method, body] of [["PUT", { ...stage, title: "Foyer" }], ["DELETE"]] as const)
    expect(await ask(method, path, body, seen)).toMatchObject({
      status: 412,
      body: {
        changed: {
          by: "console",
          before: { announcement: { title: "Stage" } },
          after: { announcement: { title: "Main stage" } },
        },
      },
    });
  const now = { "If-Match": first.headers.get("ETag") ?? "" };
  expect((await ask("GET", path)).headers.get("ETag")).toBe(now["If-Match"]);
  // What is as it was keeps its tag.
  expect((await ask("PUT", path, { ...stage, title: "Main stage" }, now)).headers.get("ETag")).toBe(now["If-Match"]);
  expect((await ask("DELETE", path, undefined, now)).status).toBe(204);
  expect((await ask("DELETE", path, undefined, now)).status).toBe(412);
  expect((await ask("DELETE", path)).status).toBe(404);
});

it.each([
  ["an empty title", { title: " " }, "/title"],
  ["a title of two lines", { title: "a\r\na=x" }, "/title"],
  ["a purpose that there is not", { purpose: "lunch" }, "/purpose"],
  ["a group that no router forwards", { group: "224.0.0.9" }, "/group"],
  ["a unicast group", { group: "192.0.2.1" }, "/group"],
  ["a TTL of 0", { ttl: 0 }, "/ttl"],
  ["a port of 65536", { port: 65_536 }, "/port"],
  ["a source that is a group", { sources: ["233.252.0.1"] }, "/sources/0"],
  ["a codec without a rate", { codec: "L24" }, "/codec"],
  ["an interval of 1 s", { interval: { mode: "fixed", seconds: 1 } }, "/interval/seconds"],
  ["a SAP group that is unicast", { sapGroups: ["192.0.2.1"] }, "/sapGroups/0"],
  ["a zone with host bits", { zone: "239.255.0.1/16" }, "/zone"],
  ["a field that there is not", { tittle: "x" }, ""],
])("%s is refused with a pointer to it, and nothing happens", async (_, more, pointer) => {
  const { status, headers, body } = await ask("POST", "", { ...stage, ...more });
  expect(status).toBe(422);
  expect(headers.get("content-type")).toContain("application/problem+json");
  expect(Problem.parse(body).errors?.map((error) => error.pointer)).toEqual([pointer]);
  expect((await ask("GET", "")).body).toMatchObject({ announcements: [] });
  expect(sent).toEqual([]);
});

it.each([
  ["no JSON", { body: "{", headers: { "Content-Type": "application/json" } }, 400],
  [
    "a form of another site",
    { body: "title=x", headers: { "Content-Type": "application/x-www-form-urlencoded" } },
    415,
  ],
  ["a text that is JSON", { body: JSON.stringify(stage), headers: { "Content-Type": "text/plain" } }, 415],
  [
    "more than 16 KiB",
    { body: JSON.stringify({ x: "x".repeat(20_000) }), headers: { "Content-Type": "application/json" } },
    413,
  ],
])("%s is refused", async (_, init, status) => {
  const response = await fetch(url, { method: "POST", ...init });
  expect(response.status).toBe(status);
  expect(Problem.parse(await response.json()).status).toBe(status);
});

it("other methods and unknown announcements are told as such", async () => {
  expect(await ask("PATCH", "", stage)).toMatchObject({ status: 405, body: { status: 405 } });
  expect((await ask("DELETE", "")).headers.get("allow")).toBe("GET, POST");
  for (const method of ["GET", "DELETE"]) expect((await ask(method, "/nothing")).status).toBe(404);
  expect((await ask("PUT", "/nothing", stage)).status).toBe(404);
});

it("a store that cannot write is told, and nothing is announced", async () => {
  await store.close();
  expect(await ask("POST", "", stage)).toMatchObject({ status: 503, body: { title: "nothing can be stored now" } });
  expect(sent).toEqual([]);
});
