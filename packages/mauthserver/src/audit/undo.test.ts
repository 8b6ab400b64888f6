// SPDX-License-Identifier: MIT
import type { Account, Announcement, AuditEntry, NewToken, Problem } from "@mauth/protocol/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { CONFIRMED_MS } from "../accounts/logins.ts";
import { ApiWorld, PASSWORD } from "../testing/api-world.ts";
import type { ApiClient } from "../testing/api-world.ts";
import { silentAnnouncing } from "../testing/silent-announcing.ts";
import { silentParts } from "../testing/silent-parts.ts";
import { createAccess } from "../accounts/access.ts";
import type { Principal } from "../accounts/principal.ts";
import { Board } from "../push/board.ts";
import { Settings } from "../settings.ts";
import { MemoryStore } from "../store/memory.ts";
import type { HistoryQuery } from "../store/store.ts";
import { Undo } from "./undo.ts";

describe("undo", () => {
  let world: ApiWorld;
  let alice: ApiClient;
  let laterMs: number;

  beforeEach(async () => {
    laterMs = 0;
    // Time goes by as in a machine that is suspended.
    const clock = {
      monotonicMs: () => systemClock.monotonicMs(),
      bootMs: () => systemClock.monotonicMs() + laterMs,
      wallMs: () => Date.now() + laterMs,
    };
    // Announcements go out on loopback, where nobody listens.
    world = await ApiWorld.start({ clock, config: '[sap]\ninterfaces = ["lo"]' });
    alice = await world.admin();
  });
  afterEach(async () => world.stop());

  /** The last change of an entity. */
  async function last(entity: string): Promise<AuditEntry> {
    const answer = await alice.ask("GET", `/audit?entity=${entity}&limit=1`);
    return ((await answer.json()) as { items: AuditEntry[] }).items[0]!;
  }

  async function undo(entity: string): Promise<Response> {
    return alice.ask("POST", `/audit/${(await last(entity)).rev}/undo`);
  }

  async function account(name: string): Promise<Account> {
    return (await (await alice.ask("GET", `/accounts/${name}`)).json()) as Account;
  }

  it("gives an account the role and scope of before, and ends its logins", async () => {
    const scope = { sources: ["192.0.2.0/28"] };
    const eve = await world.withRole(alice, "approver", scope);
    await alice.ask("PATCH", "/accounts/approver", { role: "admin", scope: null });
    expect(await account("approver")).not.toHaveProperty("scope");
    const changed = await last("account");
    await eve.login("approver");
    expect(await (await undo("account")).json()).toMatchObject({
      actor: "alice",
      undoes: changed.rev,
      reason: `undo of revision ${changed.rev}`,
      after: { role: "approver", scope },
    });
    expect((await eve.ask("GET", "/me")).status).toBe(401);
  });

  it("removes an account that was made, and gives one back that was removed, with its password", async () => {
    const viewer = await world.withRole(alice, "viewer");
    expect((await undo("account")).status).toBe(200);
    expect((await alice.ask("GET", "/accounts/viewer")).status).toBe(404);
    expect((await viewer.ask("GET", "/me")).status).toBe(401);
    expect((await undo("account")).status).toBe(200);
    expect((await viewer.ask("GET", "/me")).status).toBe(401);
    expect(await viewer.login("viewer")).toMatchObject({ role: "viewer" });
  });

  it("does not take the only admin away", async () => {
    expect(await refusal(await undo("account"))).toBe("409 this is the last admin: make another one first");
  });

  it("does not bring a password back that was replaced", async () => {
    await world.withRole(alice, "viewer");
    await alice.ask("PATCH", "/accounts/viewer", { password: "another password" });
    expect(await refusal(await undo("account"))).toBe(
      "409 a password that was replaced does not come back: set another one",
    );
  });

  it("ends a token that was made, and does not bring one back", async () => {
    const { secret } = (await (await alice.ask("POST", "/tokens", { name: "nms", role: "viewer" })).json()) as NewToken;
    const program = world.client();
    program.headers = { Authorization: `Bearer ${secret}` };
    expect((await program.ask("GET", "/me")).status).toBe(200);
    expect(await (await undo("token")).json()).toMatchObject({ action: "remove", entity: "token" });
    expect((await program.ask("GET", "/me")).status).toBe(401);
    expect(await refusal(await undo("token"))).toBe(
      "409 a token that has ended stays so, because its secret may be known: make another one",
    );
  });

  it("ends, changes back and resumes announcements", async () => {
    const request = { title: "Choir", purpose: "audio", group: "233.252.0.9", info: "rehearsal", ttl: 8 };
    const made = (await (await alice.ask("POST", "/announcements", request)).json()) as Announcement;
    const target = `/announcements/${made.id}`;
    const read = async () => (await (await alice.ask("GET", target)).json()) as Announcement;
    await alice.ask("PUT", target, { ...request, title: "Organ", ttl: 16, codec: "L24/96000/2" });
    expect((await undo("announcement")).status).toBe(200);
    const back = await read();
    expect(back).toMatchObject({ title: "Choir", ttl: 8, codec: made.codec, sessId: made.sessId, sessVersion: 3 });
    expect(back.sdp).toBe(made.sdp.replace(/^(o=\S+ \d+ )1 /m, "$13 "));
    await alice.ask("DELETE", target);
    expect((await undo("announcement")).status).toBe(200);
    expect(await read()).toMatchObject({ title: "Choir", group: "233.252.0.9", info: "rehearsal" });
    expect((await undo("announcement")).status).toBe(200);
    expect((await alice.ask("GET", target)).status).toBe(404);
  });

  it("does not resume an announcement whose end has passed", async () => {
    const request = { title: "Choir", purpose: "audio", group: "233.252.0.9", endsAt: Date.now() + 3_600_000 };
    const made = (await (await alice.ask("POST", "/announcements", request)).json()) as Announcement;
    await alice.ask("DELETE", `/announcements/${made.id}`);
    laterMs = 3_600_000;
    await alice.login("alice");
    expect((await undo("announcement")).status).toBe(422);
  });

  it("says of mrouters and settings what was taken back", async () => {
    await alice.ask("PUT", "/settings", { deletionPolicy: "keep" });
    const { rev } = await last("setting");
    expect(await (await undo("setting")).json()).toMatchObject({ undoes: rev, after: { deletionPolicy: "grace" } });
  });

  it("refuses what nobody decided", async () => {
    expect(await refusal(await undo("login"))).toContain("409 what somebody tried cannot be taken back");
  });

  it("wants the password again and the role that the change itself wants", async () => {
    const operator = await world.withRole(alice, "operator");
    const { rev } = await last("account");
    expect(await refusal(await operator.ask("POST", `/audit/${rev}/undo`))).toBe("403 this needs the role admin");
    laterMs = CONFIRMED_MS;
    expect(await refusal(await undo("account"))).toContain("403 give your password again");
    await alice.ask("POST", "/me/confirmation", { password: PASSWORD });
    expect((await undo("account")).status).toBe(200);
  });
});

describe("undo while somebody else changes the same", () => {
  const by = { name: "alice", from: null, role: "admin" } as const;
  const who: Principal = {
    name: "alice",
    role: "admin",
    kind: "login",
    isConfirmed: true,
    csrfToken: "",
    expiresAt: null,
    ended: new AbortController().signal,
  };

  it.each([
    ["a setting", "setting", { change: "keep", meanwhile: "revoke" }],
    ["a role", "account", { change: "operator", meanwhile: "viewer" }],
  ] as const)("takes nothing back that is no more: %s", async (_, kind, { change, meanwhile }) => {
    const store = new MemoryStore();
    const common = { store, clock: systemClock, fence: await store.lease("leader", "test") };
    const access = createAccess([], { ...common, isLoginRequired: false });
    const settings = new Settings({ ...common, onChanged: () => undefined });
    const { accounts, commit } = access;
    const set = async (value: string): Promise<unknown> =>
      kind === "setting"
        ? settings.change({ deletionPolicy: value as "keep" }, by)
        : accounts.edit("bob", { role: value as "viewer" }, by);
    for (const name of ["alice", "bob"])
      await accounts.add({ name, password: PASSWORD, role: name === "bob" ? "approver" : "admin" }, by);
    await set(change);
    /** Looks at the log, and the other change happens before anything is concluded from it. */
    const overtaken = {
      history: async (query: HistoryQuery) => {
        const lines = await store.history(query);
        await set(meanwhile);
        return lines;
      },
    };
    const announcing = silentAnnouncing(new Board());
    const { authority, roster } = await silentParts();
    const undo = new Undo({ store: overtaken, authority, roster, settings, announcing, access, commit });
    const [line] = await store.history({ kinds: [kind], limit: 1 });
    expect(await undo.undo(line ?? expect.fail(), by, who)).toMatchObject({ ok: false, problem: { status: 409 } });
    const now = kind === "setting" ? settings.choices.deletionPolicy : accounts.find("bob")?.role;
    expect(now).toBe(meanwhile);
  });
});

async function refusal(response: Response): Promise<string> {
  return `${response.status} ${((await response.json()) as Problem).title}`;
}
