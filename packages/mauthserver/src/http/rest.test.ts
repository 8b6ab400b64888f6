// SPDX-License-Identifier: MIT
import type {
  AuditEntry,
  BulkResult,
  Decision,
  Explanation,
  GrantInput,
  ImportPlan,
  NewToken,
  Problem,
} from "@mauth/protocol/api";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiWorld, PASSWORD } from "../testing/api-world.ts";
import type { ApiClient } from "../testing/api-world.ts";
import { until } from "../testing/until.ts";

const id = "192.0.2.10>233.252.0.1";
const grant: GrantInput = { source: "192.0.2.10", group: "233.252.0.1", maxTtl: 16 };

describe("the API", () => {
  let world: ApiWorld;
  const client = () => world.client();
  const admin = async () => world.admin();
  const withRole = async (by: ApiClient, role: string, scope?: object) => world.withRole(by, role, scope);

  beforeEach(async () => {
    world = await ApiWorld.start();
  });
  afterEach(async () => world.stop());

  it("permits, changes and revokes, and says what is in force", async () => {
    const everybody = client();
    const made = await everybody.ask("POST", "/grants", { ...grant, reason: "a test" });
    expect(made.status).toBe(201);
    expect(await made.json()).toMatchObject({
      id,
      outcome: "ack",
      grant: { permittedBy: "console", reason: "a test" },
    });
    expect(world.musersd.table.get(id)).toBe(16);
    const changed = await everybody.ask("PATCH", `/grants/${encodeURIComponent(id)}`, { maxTtl: 63, reason: null });
    expect(changed.status).toBe(200);
    expect(world.musersd.table.get(id)).toBe(63);
    const read = await (await everybody.ask("GET", `/grants/${encodeURIComponent(id)}`)).json();
    expect(read).toMatchObject({ maxTtl: 63 });
    expect(read).not.toHaveProperty("reason");
    const revoked = await everybody.ask("DELETE", `/grants/${encodeURIComponent(id)}?reason=done`);
    expect(revoked.status).toBe(200);
    expect(world.musersd.table.size).toBe(0);
    expect((await everybody.ask("GET", `/grants/${encodeURIComponent(id)}`)).status).toBe(404);
  });

  it("changes a grant only while it is as it was read", async () => {
    const everybody = client();
    const { rev } = (await (await everybody.ask("POST", "/grants", grant)).json()) as Decision;
    const target = `/grants/${encodeURIComponent(id)}`;
    const tag = (await everybody.ask("GET", target)).headers.get("ETag") ?? "";
    expect(tag).toMatch(new RegExp(`^"[0-9a-f]{32}-${rev}"$`));
    const other = tag.replace(/\d+"$/, `${rev! + 1}"`);
    expect((await everybody.ask("PATCH", target, { maxTtl: 31 }, { "If-Match": other })).status).toBe(412);
    // The same revision of another log, as before a restore, and of none.
    for (const strange of [tag.replace(/^"./, '"x'), `"${rev}"`, "*-"])
      expect((await everybody.ask("DELETE", target, undefined, { "If-Match": strange })).status).toBe(412);
    expect((await everybody.ask("PATCH", target, { maxTtl: 31 }, { "If-Match": tag })).status).toBe(200);
    expect(world.musersd.table.get(id)).toBe(31);
  });

  it("says in a sentence why a grant cannot be made", async () => {
    const outside = await client().ask("POST", "/grants", { ...grant, source: "198.51.100.1" });
    expect(outside.status).toBe(409);
    expect(outside.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(((await outside.json()) as Problem).title).toBe("no mrouter's internal networks contain 198.51.100.1");
    const wrong = await client().ask("POST", "/grants", { ...grant, maxTtl: 0, extra: 1 });
    expect(wrong.status).toBe(422);
    expect(((await wrong.json()) as Problem).errors?.map(({ pointer }) => pointer)).toContain("/maxTtl");
    world.musersd.refuse = () => "full";
    expect((await client().ask("POST", "/grants", grant)).status).toBe(409);
  });

  it("decides many at a time, each by itself", async () => {
    const permit = [grant, { ...grant, source: "198.51.100.1" }, { ...grant, group: "233.252.0.2" }];
    const answer = await client().ask("POST", "/grants/bulk", {
      permit,
      revoke: ["192.0.2.99>233.252.0.9"],
      reason: "set up",
    });
    const { results } = (await answer.json()) as BulkResult;
    expect(results.map(({ outcome }) => outcome)).toEqual(["ack", "error", "ack", "ack"]);
    expect([...world.musersd.table.keys()].sort()).toEqual([id, "192.0.2.10>233.252.0.2"]);
    expect(results[0]?.grant?.reason).toBe("set up");
  });

  it("does a repeated request with an idempotency key once", async () => {
    const everybody = await admin();
    const key = { "Idempotency-Key": "one" };
    const [first, second] = await Promise.all([
      everybody.ask("POST", "/tokens", { name: "ci", role: "viewer" }, key),
      everybody.ask("POST", "/tokens", { name: "ci", role: "viewer" }, key),
    ]);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await first.json()).toEqual(await second.json());
    expect((await everybody.ask("POST", "/tokens", { name: "other", role: "viewer" }, key)).status).toBe(422);
    expect((await everybody.ask("POST", "/tokens", { name: "ci", role: "viewer" })).status).toBe(409);
  });

  it("is open until the first account is made, and closed from then on", async () => {
    expect(await (await client().ask("GET", "/first-run")).json()).toEqual({
      open: true,
      needed: true,
      codeNeeded: false,
    });
    expect(await (await client().ask("GET", "/me")).json()).toMatchObject({ name: "console", role: "admin" });
    const alice = await admin();
    for (const target of ["/me", "/sessions", "/grants", "/accounts", "/announcements"])
      expect((await client().ask("GET", target)).status).toBe(401);
    expect((await fetch(`http://127.0.0.1:${world.port}/metrics`)).status).toBe(401);
    expect((await fetch(`http://127.0.0.1:${world.port}/healthz`)).status).toBe(200);
    expect((await client().ask("GET", "/openapi.json")).status).toBe(200);
    expect(await (await alice.ask("GET", "/me")).json()).toMatchObject({ name: "alice", role: "admin" });
    expect((await client().ask("POST", "/first-run", { name: "eve", password: PASSWORD })).status).toBe(409);
  });

  it("keeps logins over a restart, and ends them at a logout", async () => {
    const alice = await admin();
    await world.restart();
    expect((await alice.ask("GET", "/me")).status).toBe(200);
    const out = await alice.ask("POST", "/logout");
    expect(out.status).toBe(204);
    expect(out.headers.getSetCookie()[0]).toContain("Max-Age=0");
    expect((await alice.ask("GET", "/me")).status).toBe(401);
  });

  it("wants the CSRF token with every change by cookie", async () => {
    const alice = await admin();
    const { Cookie } = alice.headers;
    for (const csrf of [{}, { "X-CSRF-Token": "x" }]) {
      alice.headers = { Cookie: Cookie!, ...csrf };
      expect((await alice.ask("GET", "/grants")).status).toBe(200);
      expect((await alice.ask("POST", "/grants", grant)).status).toBe(403);
      expect((await alice.ask("DELETE", "/accounts/alice")).status).toBe(403);
    }
    expect(world.musersd.table.size).toBe(0);
  });

  it("gives each role what it may do", async () => {
    const alice = await admin();
    const scope = { sources: ["192.0.2.0/24", "2001:db8:1::/64"], groups: ["233.252.0.0/24", "ff3e::/32"] };
    const viewer = await withRole(alice, "viewer");
    const approver = await withRole(alice, "approver", scope);
    const operator = await withRole(alice, "operator");
    const expiresAt = Date.now() + 3_600_000;
    const asked = async (by: ApiClient, input: object) =>
      (await by.ask("POST", "/grants", { ...grant, ...input })).status;
    expect(await asked(viewer, { expiresAt })).toBe(403);
    expect(await asked(approver, {})).toBe(403);
    expect(await asked(approver, { expiresAt, group: "233.252.1.1" })).toBe(403);
    expect(await asked(approver, { expiresAt })).toBe(201);
    const ipv6 = { expiresAt, source: "2001:db8:1::5", group: "ff3e::8000:1" };
    // Within the scope, but behind no mrouter.
    expect(await asked(approver, ipv6)).toBe(409);
    expect(await asked(approver, { ...ipv6, source: "2001:db8:2::5" })).toBe(403);
    expect(await asked(operator, { group: "233.252.0.7" })).toBe(201);
    expect(await revoke(viewer, id)).toBe(403);
    expect(await revoke(approver, "192.0.2.10>233.252.0.7")).toBe(403);
    expect(await revoke(approver, id)).toBe(200);
    for (const by of [viewer, approver, operator]) {
      expect((await by.ask("GET", "/accounts")).status).toBe(403);
      expect((await by.ask("POST", "/tokens", { name: "x", role: "admin" })).status).toBe(403);
    }
    expect((await alice.ask("GET", "/accounts")).status).toBe(200);
    const bulk = await approver.ask("POST", "/grants/bulk", {
      permit: [{ ...grant, expiresAt }, grant],
      revoke: ["192.0.2.10>233.252.0.7"],
    });
    const { results } = (await bulk.json()) as BulkResult;
    expect(results.map(({ outcome }) => outcome)).toEqual(["ack", "error", "error"]);
  });

  it("takes tokens for programs, within their role and scope, until they are removed", async () => {
    const alice = await admin();
    const input = { name: "nms", role: "operator", scope: { groups: ["233.252.0.0/24"] } };
    const token = (await (await alice.ask("POST", "/tokens", input)).json()) as NewToken;
    const program = client();
    program.headers = { Authorization: `Bearer ${token.secret}` };
    const made = await program.ask("POST", "/grants", grant);
    expect(await made.json()).toMatchObject({ outcome: "ack", grant: { permittedBy: "token:nms" } });
    expect((await program.ask("POST", "/grants", { ...grant, group: "233.252.1.1" })).status).toBe(403);
    expect((await program.ask("GET", "/tokens")).status).toBe(403);
    expect(await (await alice.ask("GET", "/tokens")).text()).not.toContain(token.secret);
    expect((await alice.ask("DELETE", `/tokens/${token.id}`)).status).toBe(204);
    expect((await program.ask("GET", "/grants")).status).toBe(401);
  });

  it("ends the logins of an account whose rights or password change", async () => {
    const alice = await admin();
    const operator = await withRole(alice, "operator");
    await alice.ask("PATCH", "/accounts/operator", { role: "viewer" });
    expect((await operator.ask("GET", "/me")).status).toBe(401);
    expect(await operator.login("operator")).toMatchObject({ role: "viewer" });
    const other = client();
    await other.login("operator");
    const changed = { oldPassword: PASSWORD, password: "another password" };
    expect((await operator.ask("PUT", "/me/password", { ...changed, oldPassword: "wrong" })).status).toBe(403);
    expect((await operator.ask("PUT", "/me/password", changed)).status).toBe(200);
    expect((await operator.ask("GET", "/me")).status).toBe(200);
    expect((await other.ask("GET", "/me")).status).toBe(401);
    expect((await alice.ask("DELETE", "/accounts/operator")).status).toBe(204);
    expect((await operator.ask("GET", "/me")).status).toBe(401);
  });

  it("opens nothing without the code of the log where a login is required", async () => {
    await world.restart("[accounts]\nrequired = true");
    expect(await (await client().ask("GET", "/first-run")).json()).toEqual({
      open: false,
      needed: true,
      codeNeeded: true,
    });
    expect((await client().ask("GET", "/grants")).status).toBe(401);
    const wrong = await client().ask("POST", "/first-run", { name: "eve", password: PASSWORD, code: "0".repeat(20) });
    expect(wrong.status).toBe(403);
    expect(world.server.firstRunCode).toMatch(/^[0-9a-f]{20}$/);
    const right = await client().ask("POST", "/first-run", {
      name: "alice",
      password: PASSWORD,
      code: world.server.firstRunCode,
    });
    expect(right.status).toBe(201);
  });

  it("puts mrouters under control, changes them and lets them go", async () => {
    const alice = await admin();
    const edge2 = { name: "edge-2", address: "127.0.0.1:9", protocol: "v2", networks: ["198.51.100.0/24"] };
    const added = await alice.ask("POST", "/mrouters", { ...edge2, key: `7 ${"ab".repeat(32)}` });
    expect(added.status).toBe(201);
    expect(await added.text()).not.toContain("abab");
    expect((await alice.ask("POST", "/mrouters", edge2)).status).toBe(409);
    expect((await alice.ask("POST", "/mrouters", { ...edge2, name: "e3", networks: ["198.51.100.1/24"] })).status).toBe(
      422,
    );
    const stale = await alice.ask("PATCH", "/mrouters/edge-2", { networks: ["203.0.113.0/24"] }, { "If-Match": '"1"' });
    expect(stale.status).toBe(412);
    const rev = { "If-Match": added.headers.get("etag")! };
    const edited = await alice.ask("PATCH", "/mrouters/edge-2", { networks: ["203.0.113.0/24"] }, rev);
    expect(await edited.json()).toMatchObject({ networks: ["203.0.113.0/24"], protocol: "v2" });
    const log = await (await alice.ask("GET", "/audit?entity=mrouter")).text();
    expect(log).toContain('"action":"change"');
    expect(log).not.toContain("abab");
    expect((await alice.ask("DELETE", "/mrouters/edge-2?reason=gone")).status).toBe(204);
    expect((await alice.ask("DELETE", "/mrouters/edge-2")).status).toBe(404);
  });

  it("keeps what was reviewed for everybody", async () => {
    const alice = await admin();
    const target = `/denied/${encodeURIComponent("192.0.2.7>233.252.0.9")}/ignored`;
    expect(await (await alice.ask("PUT", target, { reason: "a printer" })).json()).toMatchObject({
      id: "192.0.2.7>233.252.0.9",
      by: "alice",
      reason: "a printer",
    });
    expect((await alice.ask("PUT", "/denied/nothing/ignored", {})).status).toBe(422);
    await until(() => world.server.board?.get("ignored", "192.0.2.7>233.252.0.9") !== undefined, "shown");
    expect((await alice.ask("DELETE", target)).status).toBe(204);
    await until(() => world.server.board?.get("ignored", "192.0.2.7>233.252.0.9") === undefined, "hidden");
    expect((await alice.ask("DELETE", target)).status).toBe(404);
  });

  it("changes the settings", async () => {
    const alice = await admin();
    expect(await (await alice.ask("GET", "/settings")).json()).toEqual({ id: "settings", deletionPolicy: "grace" });
    expect((await alice.ask("PUT", "/settings", { deletionPolicy: "forget" })).status).toBe(422);
    expect(await (await alice.ask("PUT", "/settings", { deletionPolicy: "keep" })).json()).toMatchObject({
      deletionPolicy: "keep",
    });
  });

  it("tells who did what, from where and why, and takes it back", async () => {
    const alice = await admin();
    const made = (await (await alice.ask("POST", "/grants", { ...grant, reason: "a show" })).json()) as Decision;
    await alice.ask("PATCH", `/grants/${encodeURIComponent(id)}`, { maxTtl: 63 });
    await client().ask("POST", "/login", { name: "alice", password: "wrong" });
    await client().ask("GET", "/accounts");
    const audit = async (query = "") =>
      ((await (await alice.ask("GET", `/audit${query}`)).json()) as { items: AuditEntry[] }).items;
    await vi.waitFor(async () => expect((await audit("?entity=login")).length).toBe(3));
    const entries = await audit();
    expect(entries.map(({ actor, action, entity, key }) => `${actor} ${action} ${entity} ${key}`)).toEqual([
      "nobody refused GET /accounts nobody",
      "alice refused login alice",
      `alice change grant ${id}`,
      `alice add grant ${id}`,
      "alice login login alice",
      "alice add account alice",
      "configuration add mrouter edge-1",
    ]);
    expect(entries[3]).toMatchObject({ from: "127.0.0.1", reason: "a show", before: null, after: { maxTtl: 16 } });
    expect(JSON.stringify(entries)).not.toContain("argon2");
    expect(JSON.stringify(entries)).not.toContain("secret");
    expect((await alice.ask("POST", `/audit/${made.rev}/undo`)).status).toBe(409);
    const undone = await alice.ask("POST", `/audit/${entries[2]?.rev}/undo`);
    expect(await undone.json()).toMatchObject({ action: "change", undoes: entries[2]?.rev, after: { maxTtl: 16 } });
    expect(world.musersd.table.get(id)).toBe(16);
    const [last] = await audit("?entity=grant&limit=1");
    expect((await alice.ask("POST", `/audit/${last?.rev}/undo`)).status).toBe(200);
    expect(world.musersd.table.get(id)).toBe(63);
    expect((await alice.ask("POST", "/audit/999999/undo")).status).toBe(404);
    const csv = await (await alice.ask("GET", "/audit/export?format=csv&entity=grant")).text();
    expect(csv.split("\r\n")[0]).toBe("rev,at,actor,from,action,entity,key,reason,undoes,before,after,hash");
    expect(csv.trimEnd().split("\r\n")).toHaveLength(5);
  });

  it("exports grants, and shows what an import would change before it does", async () => {
    const alice = await admin();
    await alice.ask("POST", "/grants/bulk", { permit: [grant, { ...grant, group: "233.252.0.2" }] });
    const csv = await (await alice.ask("GET", "/export?format=csv")).text();
    expect(csv).toContain("source,group,maxTtl");
    const wanted = csv.replace("192.0.2.10,233.252.0.2,16", "192.0.2.10,233.252.0.3,31").replace(",16,", ",63,");
    const text = { "Content-Type": "text/csv" };
    const plan = async (body: string, query = "") =>
      (await (
        await fetch(`http://127.0.0.1:${world.port}/api/v1/import/plan${query}`, {
          method: "POST",
          headers: { ...alice.headers, ...text },
          body,
        })
      ).json()) as ImportPlan;
    const planned = await plan(wanted, "?replace=true");
    expect(planned).toMatchObject({
      add: [{ group: "233.252.0.3", maxTtl: 31 }],
      change: [{ before: { maxTtl: 16 }, after: { maxTtl: 63 } }],
      remove: [{ id: "192.0.2.10>233.252.0.2" }],
      unchanged: 0,
      errors: [],
    });
    expect(world.musersd.table.size).toBe(2);
    const applied = await alice.ask("POST", "/import/apply", { token: planned.token });
    expect(((await applied.json()) as BulkResult).results.map(({ outcome }) => outcome)).toEqual(["ack", "ack", "ack"]);
    expect(Object.fromEntries(world.musersd.table)).toEqual({ [id]: 63, "192.0.2.10>233.252.0.3": 31 });
    expect((await alice.ask("POST", "/import/apply", { token: planned.token })).status).toBe(404);
    expect(await plan(await (await alice.ask("GET", "/export?format=csv")).text())).toMatchObject({
      add: [],
      change: [],
      remove: [],
      unchanged: 2,
      token: null,
    });
    const stale = await plan("source,group,maxTtl\n192.0.2.10,233.252.0.1,5\n");
    await alice.ask("PATCH", `/grants/${encodeURIComponent(id)}`, { maxTtl: 31 });
    expect((await alice.ask("POST", "/import/apply", { token: stale.token })).status).toBe(409);
    expect(await plan('source,group,maxTtl\n"192.0.2.10')).toMatchObject({ token: null });
    expect((await plan("source,group,maxTtl\nx,233.252.0.1,5\n")).errors).toEqual([
      { line: 2, detail: expect.stringContaining("source") },
    ]);
  });

  it("explains what becomes of packets", async () => {
    const alice = await admin();
    const ask = async (group: string) =>
      (await (
        await alice.ask("GET", `/explain?mrouter=edge-1&source=192.0.2.10&group=${group}`)
      ).json()) as Explanation;
    expect(await ask("233.252.0.1")).toMatchObject({ verdict: "silent", grants: [], fix: null });
    await alice.ask("POST", "/grants", grant);
    expect(await ask("233.252.0.1")).toMatchObject({ verdict: "silent", grants: [id] });
    expect((await alice.ask("GET", "/explain?mrouter=none&source=192.0.2.1&group=233.252.0.1")).status).toBe(404);
    expect((await alice.ask("GET", "/explain?mrouter=edge-1&source=x&group=233.252.0.1")).status).toBe(422);
  });

  it("notes a permit of a cookie login in the log with the account's name", async () => {
    const alice = await admin();
    await alice.ask("POST", "/grants", grant);
    await until(() => world.musersd.table.has(id), "in force");
    const read = await (await alice.ask("GET", `/grants/${encodeURIComponent(id)}`)).json();
    expect(read).toMatchObject({ permittedBy: "alice" });
  });
});

async function revoke(by: ApiClient, grantId: string): Promise<number> {
  return (await by.ask("DELETE", `/grants/${encodeURIComponent(grantId)}`)).status;
}
