// SPDX-License-Identifier: MIT
import { CHANGED_MEANWHILE } from "@mauth/protocol/api";
import type { AuditEntry, Decision, Problem } from "@mauth/protocol/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiWorld } from "../testing/api-world.ts";
import type { ApiClient } from "../testing/api-world.ts";
import { isMatch, parseIfMatch } from "./if-match.ts";

describe("If-Match", () => {
  it.each([
    [undefined, true, true],
    ["*", true, false],
    ['"log1-7"', true, false],
    [' "log1-3" , "log1-7"', true, false],
    ['"log0-7","log1-7"', true, false],
    ['"log1-3"', false, false],
    // Of before a restore, and of none.
    ['"log0-7"', false, false],
    ['"7"', false, false],
    // RFC 9110 §13.1.1: the comparison is strong; and what is no tag of ours was meant as a condition all the same.
    ['W/"log1-7"', false, false],
    ["log1-7", false, false],
    ['"log1-7" "log1-7"', false, false],
    ['"abc"', false, false],
    ["", false, false],
  ])("%s matches revision 7: %s; nothing: %s", (field, matches, matchesNothing) => {
    expect(isMatch(parseIfMatch(field, "log1"), 7)).toBe(matches);
    expect(isMatch(parseIfMatch(field, "log1"), undefined)).toBe(matchesNothing);
  });
});

describe("concurrent edits", () => {
  const target = `/grants/${encodeURIComponent("192.0.2.10>233.252.0.1")}`;
  const edge = { address: "127.0.0.1:9", protocol: "v2", networks: ["198.51.100.0/24"] };
  let world: ApiWorld;
  let alice: ApiClient;
  let bob: ApiClient;

  beforeEach(async () => {
    world = await ApiWorld.start();
    alice = await world.admin();
    bob = await world.withRole(alice, "operator");
    await alice.ask("POST", "/grants", { source: "192.0.2.10", group: "233.252.0.1", maxTtl: 16 });
  });
  afterEach(async () => world.stop());

  async function tagOf(path: string): Promise<string> {
    return (await alice.ask("GET", path)).headers.get("ETag") ?? "none";
  }

  /** The mrouter is asked once a second. */
  async function untilTold(path: string): Promise<void> {
    while ((await alice.ask("GET", path)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  it("of a grant: the second is told who changed what, and changes nothing", async () => {
    const tag = { "If-Match": await tagOf(target) };
    const { rev } = (await (await bob.ask("PATCH", target, { maxTtl: 31 }, tag)).json()) as Decision;
    const refused = await problemOf(await alice.ask("PATCH", target, { maxTtl: 63 }, tag));
    expect(refused).toMatchObject({
      status: 412,
      type: CHANGED_MEANWHILE,
      title: "operator has changed it meanwhile: read it again",
      changed: { by: "operator", rev, before: { maxTtl: 16 }, after: { maxTtl: 31 } },
    });
    expect(world.musersd.table.get("192.0.2.10>233.252.0.1")).toBe(31);
    expect((await alice.ask("DELETE", target, undefined, tag)).status).toBe(412);
    expect((await alice.ask("PATCH", target, { maxTtl: 63 }, { "If-Match": await tagOf(target) })).status).toBe(200);
    await bob.ask("DELETE", target);
    const gone = await problemOf(await alice.ask("PATCH", target, { maxTtl: 8 }, tag));
    expect(gone).toMatchObject({ status: 412, changed: { by: "operator", before: { maxTtl: 16 }, after: null } });
  });

  it("of a grant at the very same time: one of ten wins", async () => {
    const tag = { "If-Match": await tagOf(target) };
    const statuses = await Promise.all(
      Array.from(
        { length: 10 },
        async (_, index) => (await bob.ask("PATCH", target, { maxTtl: 20 + index }, tag)).status,
      ),
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, ...Array.from({ length: 9 }, () => 412)]);
  });

  it("of different limits without If-Match: none is lost", async () => {
    const expiresAt = Date.now() + 3_600_000;
    const answers = await Promise.all([
      bob.ask("PATCH", target, { maxTtl: 31 }),
      alice.ask("PATCH", target, { reason: "a show" }),
      alice.ask("PATCH", target, { expiresAt }),
    ]);
    // 202 where the mrouter acknowledged only the edit behind it.
    expect(answers.filter(({ status }) => status !== 200 && status !== 202)).toEqual([]);
    expect(await (await alice.ask("GET", target)).json()).toMatchObject({ maxTtl: 31, reason: "a show", expiresAt });
  });

  it("of an mrouter, without its key in the answer", async () => {
    await alice.ask("POST", "/mrouters", { ...edge, name: "edge-2", key: `1 ${"ab".repeat(32)}` });
    const tag = { "If-Match": await tagOf("/mrouters/edge-2") };
    expect((await alice.ask("PATCH", "/mrouters/edge-2", { networks: ["203.0.113.0/24"] }, tag)).status).toBe(200);
    for (const [method, body] of [["PATCH", { address: "127.0.0.1:10" }], ["DELETE"]] as const) {
      const refused = await problemOf(await alice.ask(method, "/mrouters/edge-2", body, tag));
      expect(refused.changed).toMatchObject({
        by: "alice",
        before: { networks: ["198.51.100.0/24"] },
        after: { networks: ["203.0.113.0/24"] },
      });
      expect(JSON.stringify(refused)).not.toContain("abab");
    }
    const now = { "If-Match": await tagOf("/mrouters/edge-2") };
    expect((await alice.ask("DELETE", "/mrouters/edge-2", undefined, now)).status).toBe(204);
    expect((await alice.ask("DELETE", "/mrouters/edge-2", undefined, now)).status).toBe(412);
  });

  it("of the settings", async () => {
    const tag = { "If-Match": await tagOf("/settings") };
    expect(tag["If-Match"]).toMatch(/^"[0-9a-f]{32}-0"$/);
    const first = await alice.ask("PUT", "/settings", { deletionPolicy: "keep" }, tag);
    const refused = await problemOf(await alice.ask("PUT", "/settings", { deletionPolicy: "revoke" }, tag));
    expect(refused.changed).toMatchObject({ by: "alice", before: null, after: { deletionPolicy: "keep" } });
    const next = { "If-Match": first.headers.get("ETag") ?? "" };
    await world.restart();
    expect((await alice.ask("PUT", "/settings", { deletionPolicy: "revoke" }, next)).status).toBe(200);
    const { items } = (await (await alice.ask("GET", "/audit?entity=setting")).json()) as { items: AuditEntry[] };
    expect(items.map(({ after }) => after?.["deletionPolicy"])).toEqual(["revoke", "keep"]);
  });

  it("of an account: a new role is not lost, and no hash is told", async () => {
    const tag = { "If-Match": await tagOf("/accounts/operator") };
    const first = await alice.ask("PATCH", "/accounts/operator", { role: "viewer" }, tag);
    expect(first.status).toBe(200);
    for (const [method, body] of [["PATCH", { role: "admin" }], ["DELETE"]] as const) {
      const refused = await problemOf(await alice.ask(method, "/accounts/operator", body, tag));
      expect(refused).toMatchObject({
        type: CHANGED_MEANWHILE,
        changed: { by: "alice", before: { role: "operator" }, after: { role: "viewer" } },
      });
      expect(JSON.stringify(refused)).not.toContain("argon2");
    }
    // A login is no change of the account.
    const now = { "If-Match": first.headers.get("ETag") ?? "" };
    await bob.login("operator");
    await world.restart();
    expect(await tagOf("/accounts/operator")).toBe(now["If-Match"]);
    expect((await alice.ask("DELETE", "/accounts/operator", undefined, now)).status).toBe(204);
    expect((await alice.ask("DELETE", "/accounts/operator", undefined, now)).status).toBe(412);
    expect((await alice.ask("DELETE", "/accounts/operator")).status).toBe(404);
  });

  it("of an account at the very same time: one of five wins", async () => {
    const tag = { "If-Match": await tagOf("/accounts/operator") };
    const roles = ["viewer", "approver", "admin", "viewer", "approver"] as const;
    const statuses = await Promise.all(
      roles.map(async (role) => (await alice.ask("PATCH", "/accounts/operator", { role }, tag)).status),
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 412, 412, 412, 412]);
  });

  it("of the mode of an interface, whose answer shows what was decided", async () => {
    const path = "/mrouters/edge-1/interfaces/lan0";
    await untilTold(path);
    const tag = { "If-Match": await tagOf(path) };
    for (const mode of ["monitor", "enforce", "monitor"] as const) {
      const answer = await bob.ask("PUT", path, { mode }, { "If-Match": await tagOf(path) });
      const interfaces = [{ name: "lan0", attached: true, monitored: mode === "monitor" }];
      expect(await answer.json()).toMatchObject({ id: "edge-1", interfaces });
      expect(answer.headers.get("ETag")).toBe(await tagOf(path));
    }
    const refused = await problemOf(await alice.ask("PUT", path, { mode: "enforce" }, tag));
    expect(refused).toMatchObject({
      title: "operator has changed it meanwhile: read it again",
      changed: { by: "operator", before: null, after: { interface: "lan0", mode: "monitor" } },
    });
    expect(await (await alice.ask("GET", path)).json()).toMatchObject({ monitored: true });
    const now = { "If-Match": await tagOf(path) };
    await world.restart();
    await untilTold(path);
    const statuses = await Promise.all(
      Array.from({ length: 5 }, async () => (await alice.ask("PUT", path, { mode: "enforce" }, now)).status),
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 412, 412, 412, 412]);
    expect((await alice.ask("GET", "/mrouters/edge-1/interfaces/lan9")).status).toBe(404);
    expect((await alice.ask("GET", "/mrouters/none/interfaces/lan0")).status).toBe(404);
  });

  it("reads what is in force now, even by the tag of an hour ago", async () => {
    const answer = await alice.ask("GET", target, undefined, { "If-None-Match": await tagOf(target) });
    expect(answer.status).toBe(200);
  });
});

async function problemOf(response: Response): Promise<Problem> {
  const problem = (await response.json()) as Problem;
  expect(response.status).toBe(problem.status);
  return problem;
}
