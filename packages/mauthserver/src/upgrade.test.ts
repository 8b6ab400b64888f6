// SPDX-License-Identifier: MIT
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { AuditEntry } from "@mauth/protocol/api";
import { expect, it } from "vitest";
import { systemClock } from "./clock.ts";
import { parseConfig } from "./config.ts";
import { silentLog } from "./log.ts";
import { Server } from "./server.ts";
import { freePort } from "./testing/free-port.ts";

it("opens a database of the first schema, keeps what it decided, and goes on", { timeout: 30_000 }, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "mauth-upgrade-"));
  await copyFile(path.join(import.meta.dirname, "../test/upgrade/schema-1.db"), path.join(folder, "mauth.db"));
  const port = await freePort();
  const config = parseConfig(`listen = "127.0.0.1:${port}"\nstore = "sqlite:${folder}/mauth.db"`, "test.toml");
  const server = new Server({ config, clock: systemClock, log: silentLog, onFailed: failTest });
  await server.start();
  const read = async (target: string) => (await fetch(`http://127.0.0.1:${port}/api/v1${target}`)).json();
  expect(await read("/grants")).toMatchObject({
    items: [{ id: "192.0.2.10>233.252.0.1", maxTtl: 63, permittedAt: Date.UTC(2026, 0, 2, 3, 4, 5) + 2 }],
  });
  expect(await read("/mrouters")).toMatchObject({ items: [{ name: "edge-1", networks: ["192.0.2.0/24"] }] });
  const { items } = (await read("/audit?entity=grant")) as { items: unknown[] };
  const entries = items.map((item) => AuditEntry.parse(item));
  expect(entries.map(({ actor, action, key }) => `${actor} ${action} ${key}`)).toEqual([
    "console remove 192.0.2.10>233.252.0.2",
    "console add 192.0.2.10>233.252.0.2",
    "console change 192.0.2.10>233.252.0.1",
    "console add 192.0.2.10>233.252.0.1",
  ]);
  expect(entries[2]).toMatchObject({ before: { maxTtl: 16 }, after: { maxTtl: 63 } });
  const verification = await read("/audit/verification");
  expect(verification).not.toHaveProperty("brokenAt");
  expect(verification).toMatchObject({ lines: 8 });
  const made = await fetch(`http://127.0.0.1:${port}/api/v1/first-run`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: "alice", password: "correct horse" }),
  });
  expect(made.status).toBe(201);
  await server.stop();
  await rm(folder, { recursive: true });
});

function failTest(error: unknown): never {
  throw error;
}
