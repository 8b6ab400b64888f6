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
    ['"7"', true, false],
    [' "3" , "7"', true, false],
    ['"3"', false, false],
    // RFC 9110 §13.1.1: the comparison is strong; and what is no tag of ours was meant as a condition all the same.
    ['W/"7"', false, false],
    ["7", false, false],
    ['"abc"', false, false],
    ["", false, false],
  ])("%s matches revision 7: %s; nothing: %s", (field, matches, matchesNothing) => {
    expect(isMatch(parseIfMatch(field), 7)).toBe(matches);
    expect(isMatch(parseIfMatch(field), undefined)).toBe(matchesNothing);
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
    expect(tag["If-Match"]).toBe('"0"');
    const first = await alice.ask("PUT", "/settings", { deletionPolicy: "keep" }, tag);
    const refused = await problemOf(await alice.ask("PUT", "/settings", { deletionPolicy: "revoke" }, tag));
    expect(refused.changed).toMatchObject({ by: "alice", before: null, after: { deletionPolicy: "keep" } });
    const next = { "If-Match": first.headers.get("ETag") ?? "" };
    await world.restart();
    expect((await alice.ask("PUT", "/settings", { deletionPolicy: "revoke" }, next)).status).toBe(200);
    const { items } = (await (await alice.ask("GET", "/audit?entity=setting")).json()) as { items: AuditEntry[] };
    expect(items.map(({ after }) => after?.["deletionPolicy"])).toEqual(["revoke", "keep"]);
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
