// SPDX-License-Identifier: MIT
import { PASSWORD_NEEDED } from "@mauth/protocol/api";
import { expect, it, vi } from "vitest";
import { ADMIN, FakeRest } from "../../test/fake-rest.ts";
import { Gate, isAtLeast } from "./access.ts";

function refuse(rest: FakeRest, status: number): void {
  rest.on("GET /me", () => ({ status, body: { title: "no", status } }));
}

it("lets in whoever mauthserver knows, and sends the token with every change", async () => {
  const rest = new FakeRest();
  const gate = new Gate(rest.fetch);
  expect(await gate.check()).toBe(true);
  expect(gate.view()).toEqual({ state: "in", me: ADMIN, isOpen: false });
  await gate.api.send("POST", "/grants/bulk", { body: {} });
  expect(rest.asked.at(-1)?.csrf).toBe("csrf-1");
});

it("says when everybody may decide because no account exists", async () => {
  const rest = new FakeRest();
  rest.on("GET /first-run", () => ({ body: { open: true, needed: true, codeNeeded: false } }));
  const gate = new Gate(rest.fetch);
  await gate.check();
  expect(gate.view()).toMatchObject({ state: "in", isOpen: true });
});

it("asks for a login, or for the first account when there is none", async () => {
  const rest = new FakeRest();
  refuse(rest, 401);
  const gate = new Gate(rest.fetch);
  expect(await gate.check()).toBe(false);
  expect(gate.view().state).toBe("login");
  rest.on("GET /first-run", () => ({ body: { open: false, needed: true, codeNeeded: true } }));
  await gate.check();
  expect(gate.view().state).toBe("first-run");
});

it("goes back to the login when any request says that it has ended", async () => {
  const rest = new FakeRest();
  const gate = new Gate(rest.fetch);
  await gate.check();
  rest.on("GET /audit", () => ({ status: 401, body: { title: "log in", status: 401 } }));
  await gate.api.send("POST", "/logout");
  expect(gate.view().state).toBe("in");
  rest.on("POST /grants/bulk", () => ({ status: 401, body: { title: "log in", status: 401 } }));
  await gate.api.send("POST", "/grants/bulk", { body: {} });
  expect(gate.view().state).toBe("login");
});

it("stays as it was while mauthserver cannot be asked", async () => {
  const rest = new FakeRest();
  const gate = new Gate(rest.fetch);
  await gate.check();
  rest.isDown = true;
  expect(await gate.check()).toBe(true);
  expect(gate.view().state).toBe("in");
});

it("orders roles", () => {
  expect(isAtLeast("approver", "operator")).toBe(false);
  expect(isAtLeast("admin", "viewer")).toBe(true);
});

it("asks for the password once when mauthserver wants it again, and then does what has waited", async () => {
  const rest = new FakeRest();
  const gate = new Gate(rest.fetch);
  let isGiven = false;
  const needed = { status: 403, body: { type: PASSWORD_NEEDED, title: "give your password again", status: 403 } };
  rest.on("POST /tokens", () => (isGiven ? { status: 204 } : needed));
  rest.on("POST /me/confirmation", () => {
    isGiven = true;
    return { status: 204 };
  });
  const waiting = [gate.api.send("POST", "/tokens", { body: {} }), gate.api.send("POST", "/tokens", { body: {} })];
  await vi.waitFor(() => expect(gate.confirmation.view()).toBe(true));
  expect((await gate.confirm("correct horse")).outcome).toBe("ok");
  expect((await Promise.all(waiting)).map(({ outcome }) => outcome)).toEqual(["ok", "ok"]);
  expect(gate.confirmation.view()).toBe(false);
});

it("gives the refusal back when the password is not given", async () => {
  const rest = new FakeRest();
  const gate = new Gate(rest.fetch);
  rest.on("POST /tokens", () => ({
    status: 403,
    body: { type: PASSWORD_NEEDED, title: "give your password again", status: 403 },
  }));
  rest.on("POST /me/confirmation", () => ({ status: 403, body: { title: "the password is wrong", status: 403 } }));
  const waiting = gate.api.send("POST", "/tokens", { body: {} });
  await vi.waitFor(() => expect(gate.confirmation.view()).toBe(true));
  expect(await gate.confirm("wrong")).toMatchObject({ outcome: "refused", sentence: "the password is wrong" });
  expect(gate.confirmation.view()).toBe(true);
  gate.confirmation.settle(false);
  expect(await waiting).toMatchObject({ outcome: "refused", sentence: "give your password again" });
});
