// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { expect, it } from "vitest";
import { limitRequests } from "./rate-limits.ts";

it("does not hold up whoever is let in for what strangers at the same address ask", async () => {
  const app = express()
    .use(limitRequests(({ headers }) => headers.authorization, 3))
    .get("/", (_request, response) => void response.end());
  const http = createServer(app).listen(0, "127.0.0.1");
  await once(http, "listening");
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  const ask = async (...names: string[]): Promise<number> =>
    (await fetch(url, { headers: names.map((name) => ["Authorization", name] as [string, string]) })).status;
  expect([await ask(), await ask(), await ask(), await ask()]).toEqual([200, 200, 200, 429]);
  expect([await ask("alice"), await ask("alice"), await ask("alice"), await ask("alice")]).toEqual([
    200, 200, 200, 429,
  ]);
  expect(await ask("bob")).toBe(200);
  http.close();
  http.closeAllConnections();
});
