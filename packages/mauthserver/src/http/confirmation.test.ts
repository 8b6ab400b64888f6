// SPDX-License-Identifier: MIT
import { PASSWORD_NEEDED } from "@mauth/protocol/api";
import type { BulkResult, ImportPlan, NewToken, Problem } from "@mauth/protocol/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { CONFIRMED_MS } from "../accounts/logins.ts";
import { ApiWorld, PASSWORD } from "../testing/api-world.ts";
import type { ApiClient } from "../testing/api-world.ts";

const grant = { source: "192.0.2.10", group: "233.252.0.1", maxTtl: 16 };
const ids = ["192.0.2.10>233.252.0.1", "192.0.2.10>233.252.0.2"];

describe("a login whose password was given long ago", () => {
  let world: ApiWorld;
  let alice: ApiClient;
  let laterMs: number;
  let jumpMs: number;

  beforeEach(async () => {
    [laterMs, jumpMs] = [0, 0];
    // Time goes by as in a machine that is suspended.
    const clock = {
      monotonicMs: () => systemClock.monotonicMs(),
      bootMs: () => systemClock.monotonicMs() + laterMs,
      wallMs: () => Date.now() + laterMs + jumpMs,
    };
    world = await ApiWorld.start({ clock });
    alice = await world.admin();
    await alice.ask("POST", "/grants/bulk", { permit: [grant, { ...grant, group: "233.252.0.2" }] });
    laterMs = CONFIRMED_MS;
  });
  afterEach(async () => world.stop());

  it("is asked for it before it ends many grants, and ends one without", async () => {
    expect(await kindOf(await alice.ask("POST", "/grants/bulk", { revoke: ids }))).toBe(`403 ${PASSWORD_NEEDED}`);
    expect(world.musersd.table.size).toBe(2);
    expect((await alice.ask("POST", "/grants/bulk", { revoke: ids.slice(0, 1) })).status).toBe(200);
    expect(world.musersd.table.size).toBe(1);
  });

  it("is asked for it before an import ends many", async () => {
    const planned = await alice.ask("POST", "/import/plan?replace=true", [{ ...grant, group: "233.252.0.3" }]);
    const { token } = (await planned.json()) as ImportPlan;
    expect(await kindOf(await alice.ask("POST", "/import/apply", { token }))).toBe(`403 ${PASSWORD_NEEDED}`);
    expect((await alice.ask("POST", "/me/confirmation", { password: PASSWORD })).status).toBe(204);
    expect((await alice.ask("POST", "/import/apply", { token })).status).toBe(200);
    expect([...world.musersd.table.keys()]).toEqual(["192.0.2.10>233.252.0.3"]);
  });

  it("is asked for it before it makes admins, passwords and tokens, or removes an account", async () => {
    const eve = { name: "eve", password: PASSWORD };
    expect((await alice.ask("POST", "/accounts", { ...eve, role: "viewer" })).status).toBe(201);
    const asked = [
      await alice.ask("POST", "/accounts", { ...eve, name: "mallory", role: "admin" }),
      await alice.ask("PATCH", "/accounts/eve", { role: "admin" }),
      await alice.ask("PATCH", "/accounts/eve", { password: "another password" }),
      await alice.ask("DELETE", "/accounts/eve"),
      await alice.ask("POST", "/tokens", { name: "nms", role: "viewer" }),
    ];
    for (const one of asked) expect(await kindOf(one)).toBe(`403 ${PASSWORD_NEEDED}`);
    expect((await alice.ask("PATCH", "/accounts/eve", { role: "approver" })).status).toBe(200);
  });

  it("goes on with the right password for as long again, also over a restart", async () => {
    const wrong = await alice.ask("POST", "/me/confirmation", { password: "wrong horse" });
    expect(await kindOf(wrong)).toBe("403 ");
    expect((await alice.ask("POST", "/me/confirmation", { password: PASSWORD }, { "X-CSRF-Token": "x" })).status).toBe(
      403,
    );
    expect((await alice.ask("POST", "/tokens", { name: "nms", role: "viewer" })).status).toBe(403);
    expect((await alice.ask("POST", "/me/confirmation", { password: PASSWORD })).status).toBe(204);
    await world.restart();
    laterMs += CONFIRMED_MS - 60_000;
    expect(((await (await alice.ask("POST", "/grants/bulk", { revoke: ids })).json()) as BulkResult).results).toEqual([
      expect.objectContaining({ outcome: "ack" }),
      expect.objectContaining({ outcome: "ack" }),
    ]);
    laterMs += 60_000;
    expect((await alice.ask("POST", "/tokens", { name: "nms", role: "viewer" })).status).toBe(403);
  });

  it("is not trusted for longer because the clock was set back", async () => {
    jumpMs = -3_600_000;
    expect(await kindOf(await alice.ask("POST", "/tokens", { name: "x", role: "viewer" }))).toBe(
      `403 ${PASSWORD_NEEDED}`,
    );
    // Nobody knows how old a login is that seems to be of the future.
    await world.restart();
    expect((await alice.ask("GET", "/me")).status).toBe(401);
  });

  it("is not a token, which has no password", async () => {
    laterMs = 0;
    const made = (await (await alice.ask("POST", "/tokens", { name: "nms", role: "admin" })).json()) as NewToken;
    const program = world.client();
    program.headers = { Authorization: `Bearer ${made.secret}` };
    laterMs = CONFIRMED_MS;
    expect((await program.ask("POST", "/grants/bulk", { revoke: ids })).status).toBe(200);
    expect((await program.ask("POST", "/me/confirmation", { password: PASSWORD })).status).toBe(403);
  });

  it("cannot try passwords without end", async () => {
    let last = 0;
    for (let count = 0; count < 6; count++)
      last = (await alice.ask("POST", "/me/confirmation", { password: `wrong ${count}` })).status;
    expect(last).toBe(429);
    const { items } = (await (await alice.ask("GET", "/audit?entity=login")).json()) as { items: { action: string }[] };
    expect(items.filter(({ action }) => action === "refused").length).toBe(6);
  });
});

async function kindOf(response: Response): Promise<string> {
  const { status, type } = (await response.json()) as Problem;
  return `${status} ${type ?? ""}`;
}
