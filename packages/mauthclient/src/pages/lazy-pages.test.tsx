// @vitest-environment jsdom
// SPDX-License-Identifier: MIT
import type { Account, Announcement, AuditEntry, Explanation, Me } from "@mauth/protocol/api";
import { act, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { ADMIN, FakeRest } from "../../test/fake-rest.ts";
import { Page } from "../../test/render.tsx";
import { add, denied, grant, mrouter, NOW_MS, sender } from "../../test/samples.ts";

const VIEWER: Me = { ...ADMIN, name: "val", role: "viewer" };
const EXPLAIN = "/explain?mrouter=edge-1&source=192.0.2.66&group=233.252.0.1";

const entry: AuditEntry = {
  id: "7",
  rev: 7,
  at: NOW_MS - 60_000,
  actor: "ada",
  from: "192.0.2.200",
  action: "change",
  entity: "grant",
  key: "192.0.2.10>233.252.0.1",
  before: { maxTtl: 15 },
  after: { maxTtl: 31 },
  reason: "rehearsal",
  hash: "00",
};
const account: Account = { id: "ben", role: "approver", createdAt: NOW_MS, lastLoginAt: null, lockedUntil: null };
const explanation: Explanation = {
  verdict: "refused",
  reason: "UNKNOWN",
  sentence: "no grant covers this source and group",
  entry: null,
  denied: null,
  fix: { kind: "permit" },
  grants: [],
};
const announcement: Announcement = {
  id: "a1",
  title: "Door bell",
  purpose: "audio",
  group: "239.255.7.1",
  port: 5004,
  ttl: 15,
  sources: ["192.0.2.10"],
  codec: "L16/48000/2",
  attributes: [],
  interval: { mode: "fixed", seconds: 30 },
  lineEnd: "crlf",
  sapGroups: ["239.255.255.255"],
  session: "00000000000000a1",
  originatingSource: "192.0.2.5",
  sessId: "1",
  sessVersion: 1,
  messageIdHash: 1,
  createdAt: NOW_MS,
  changedAt: NOW_MS,
  sdp: "v=0\r\ns=Door bell\r\n",
};

/** A mauthserver that answers every page of this file. */
function answering(me: Me = ADMIN): FakeRest {
  const rest = new FakeRest(me);
  rest.on("GET /audit", () => ({ body: { items: [entry], next: null } }));
  rest.on("GET /accounts", () => ({ body: { items: [account], next: null, rev: 1 } }));
  rest.on("GET /tokens", () => ({ body: { items: [], next: null, rev: 1 } }));
  rest.on("GET /settings", () => ({ body: { deletionPolicy: "keep" } }));
  rest.on("GET /explain", () => ({ body: explanation }));
  return rest;
}

const READ_BY_REST = [
  ["/audit", "Audit", /changed grant/],
  ["/accounts", "Accounts", /approver · anywhere/],
  ["/settings", "Settings", /They stay/],
  [EXPLAIN, "Explain", /no grant covers this source and group/],
] as const;

describe.each(READ_BY_REST)("%s", (path, heading, shown) => {
  it("says that it cannot be read, why, and reads again when asked to", async () => {
    const user = userEvent.setup();
    const rest = answering();
    rest.isDown = true;
    const page = await Page.open(path, rest);
    await page.connect();
    expect(await screen.findByRole("heading", { level: 1, name: heading })).toBeTruthy();
    const [alert] = await screen.findAllByRole("alert");
    if (alert === undefined) throw new Error("there is no alert");
    expect(alert.textContent).toContain("mauthserver did not answer");
    rest.isDown = false;
    await user.click(within(alert).getByRole("button", { name: /again/ }));
    expect((await screen.findAllByText(shown)).length).toBeGreaterThan(0);
  });

  it("gives the sentence of mauthserver when it refuses", async () => {
    const rest = answering();
    const body = { title: "forbidden", detail: "your role may not", status: 403 };
    rest.on(`GET ${path.split("?", 1)[0]}`, () => ({ status: 403, body }));
    const page = await Page.open(path, rest);
    await page.connect();
    expect((await screen.findAllByText("your role may not")).length).toBeGreaterThan(0);
  });

  it("stays while the connection is lost, and is said to be old", async () => {
    const page = await Page.open(path, answering());
    await page.connect();
    await screen.findAllByText(shown);
    await page.lose();
    await page.advance(100);
    expect(screen.getByText(/What you see is 0 s old/)).toBeTruthy();
    expect(screen.getAllByText(shown).length).toBeGreaterThan(0);
  });
});

describe("for a viewer, whose buttons say why they do nothing", () => {
  it.each([
    ["/audit", "Undo: grant 192.0.2.10>233.252.0.1"],
    ["/announce", "Announce a session"],
    ["/accounts", "Make an account"],
    ["/settings", "Save"],
    [EXPLAIN, "Permit this sender"],
    ["/mrouters", "Add an mrouter"],
  ])("%s", async (path, name) => {
    const page = await Page.open(path, answering(VIEWER));
    await page.connect(add("mrouter", mrouter()));
    const button = await screen.findByRole<HTMLButtonElement>("button", { name });
    expect(button.disabled).toBe(true);
    expect(button.title).toBe("Your role, viewer, does not allow this");
  });
});

describe("the audit", () => {
  it("shows who, what, why and which fields, and undoes", async () => {
    const user = userEvent.setup();
    const rest = answering();
    rest.on("POST /audit/7/undo", () => ({ body: { ...entry, id: "8", rev: 8, undoes: 7 } }));
    const page = await Page.open("/audit", rest);
    await page.connect();
    expect(await screen.findByText("rehearsal")).toBeTruthy();
    expect(screen.getByRole("row", { name: "maxTtl 15 31", hidden: true })).toBeTruthy();
    await user.click(screen.getByRole("button", { name: /^Undo: grant/ }));
    expect((await screen.findByRole("alert")).textContent).toContain("Undone");
    expect(rest.asked.at(-1)?.path.startsWith("/audit?")).toBe(true);
  });

  it("says what an empty log means, and asks by what the address filters", async () => {
    const rest = answering();
    rest.on("GET /audit", () => ({ body: { items: [], next: null } }));
    const page = await Page.open("/audit?entity=grant&actor=ada", rest);
    await page.connect();
    expect(await screen.findByText("No entry")).toBeTruthy();
    expect(rest.asked.find(({ path }) => path.startsWith("/audit?"))?.path).toContain("actor=ada&entity=grant");
  });

  it("tells of newer entries without moving what is read", async () => {
    const page = await Page.open("/audit", answering());
    await page.connect();
    await screen.findByText(/changed grant/);
    expect(screen.queryByText("There are newer entries: show them")).toBeNull();
    await page.push(add("audit", { ...entry, id: "9", rev: 9 }, 9));
    expect(screen.getByText("There are newer entries: show them")).toBeTruthy();
  });
});

describe("announcements", () => {
  it("say what an empty list is for", async () => {
    const page = await Page.open("/announce", answering());
    await screen.findByRole("heading", { level: 1, name: "Announce" });
    expect(screen.getByText("Waiting for mauthserver …")).toBeTruthy();
    await page.connect();
    expect(screen.getByText("mauthserver announces nothing")).toBeTruthy();
  });

  it("are shown with how often and where, and are ended", async () => {
    const user = userEvent.setup();
    const rest = answering();
    rest.on("DELETE /announcements/a1", () => ({ status: 204 }));
    const page = await Page.open("/announce", rest);
    await page.connect(add("announcement", announcement));
    const box = await screen.findByRole("region", { name: "Door bell" });
    expect(box.textContent).toContain("every 30 s at 239.255.255.255");
    await user.click(within(box).getByRole("button", { name: "End" }));
    expect((await screen.findByRole("alert")).textContent).toContain("Ended");
  });
});

describe("traffic", () => {
  it("begins with the first figures", async () => {
    const page = await Page.open("/traffic");
    expect(await screen.findByText("Waiting for mauthserver …")).toBeTruthy();
    await page.connect(add("sender", sender()), add("denied", denied()));
    expect(await screen.findByRole("heading", { name: "All mrouters" })).toBeTruthy();
    expect(screen.getByText("No packet of a permitted sender has passed in the last minute.")).toBeTruthy();
  });

  it("names the busiest, refused ones when they are asked for", async () => {
    const page = await Page.open("/traffic?fate=refused");
    await page.connect(add("denied", denied({ packets: 100 })));
    for (let second = 1; second <= 15; second++)
      await page.push(add("denied", denied({ packets: 100 + 50 * second, lastAt: NOW_MS + second * 1_000 })));
    expect(await screen.findByRole("link", { name: "Traffic of 192.0.2.66 → 233.252.0.1" })).toBeTruthy();
  });
});

describe("the topology", () => {
  it("draws networks, mrouters and groups, and the sources of the mrouter that is chosen", async () => {
    const user = userEvent.setup();
    const page = await Page.open("/mrouters?view=topology");
    await page.connect(add("mrouter", mrouter({ state: "offline" })), add("sender", sender()), add("denied", denied()));
    const box = await screen.findByRole("button", { name: /^edge-1, Offline/ });
    expect(screen.getByRole("img", { name: /^192\.0\.2\.0\/24/ })).toBeTruthy();
    expect(screen.queryByRole("img", { name: /^192\.0\.2\.66/ })).toBeNull();
    await user.click(box);
    expect(await screen.findByRole("img", { name: "192.0.2.66, 1 refused" })).toBeTruthy();
  });
});

/** A mauthserver where nobody is logged in. */
function closed(needed: boolean): FakeRest {
  const rest = new FakeRest();
  rest.on("GET /me", () => ({ status: 401, body: { title: "log in", status: 401 } }));
  rest.on("GET /first-run", () => ({ body: { open: false, needed, codeNeeded: needed } }));
  return rest;
}

describe("the way in", () => {
  it("tells why a login was refused, and shows nothing else", async () => {
    const user = userEvent.setup();
    const rest = closed(false);
    const body = { title: "locked", detail: "locked until 12:05", status: 429 };
    rest.on("POST /login", () => ({ status: 429, body }));
    await Page.open("/grants", rest);
    expect(await screen.findByRole("heading", { level: 1, name: "Log in" })).toBeTruthy();
    expect(screen.queryByRole("navigation")).toBeNull();
    const submit = screen.getByRole<HTMLButtonElement>("button", { name: "Log in" });
    expect(submit.disabled).toBe(true);
    await user.type(screen.getByRole("textbox", { name: "Name" }), "ada");
    await user.type(screen.getByLabelText("Password"), "wrong{Enter}");
    expect((await screen.findByRole("alert")).textContent).toBe("locked until 12:05");
    rest.isDown = true;
    await user.click(submit);
    expect((await screen.findByRole("alert")).textContent).toContain("mauthserver did not answer");
  });

  it("goes on to the page that was asked for after a login", async () => {
    const user = userEvent.setup();
    const rest = closed(false);
    rest.on("POST /login", () => ({ body: ADMIN }));
    const page = await Page.open("/grants", rest);
    await user.type(await screen.findByRole("textbox", { name: "Name" }), "ada");
    await user.type(screen.getByLabelText("Password"), "correct horse{Enter}");
    await act(async () => undefined);
    await page.connect(add("grant", grant()));
    expect(await screen.findByRole("heading", { level: 1, name: "Grants" })).toBeTruthy();
  });

  it("makes the first account when the code and two equal passwords are there", async () => {
    const user = userEvent.setup();
    const rest = closed(true);
    rest.on("POST /first-run", () => ({ body: ADMIN }));
    await Page.open("/", rest);
    const make = await screen.findByRole<HTMLButtonElement>("button", { name: "Make the account" });
    await user.type(screen.getByRole("textbox", { name: "Code" }), "0123");
    await user.type(screen.getByRole("textbox", { name: "Name" }), "ada");
    await user.type(screen.getByLabelText("Password"), "correct horse battery");
    await user.type(screen.getByLabelText("Password again"), "correct horse");
    expect(screen.getByText("Not the same password")).toBeTruthy();
    expect(make.disabled).toBe(true);
    await user.type(screen.getByLabelText("Password again"), " battery");
    await user.click(make);
    expect(rest.asked.findLast(({ method }) => method === "POST")?.body).toEqual({
      name: "ada",
      password: "correct horse battery",
      code: "0123",
    });
  });
});
