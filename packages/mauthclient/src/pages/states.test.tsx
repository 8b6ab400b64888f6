// @vitest-environment jsdom
// SPDX-License-Identifier: MIT
import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { ADMIN, FakeRest } from "../../test/fake-rest.ts";
import { Page } from "../../test/render.tsx";
import { add, denied, grant, mrouter, remove, resumed, session, snapshotEnd } from "../../test/samples.ts";

const VIEWER = { ...ADMIN, name: "val", role: "viewer" } as const;

/** Address, heading, what an empty list says; then an entity, what shows it, and the button that decides about it. */
const PAGES = [
  ["/sessions", "Sessions", "No session is announced yet", add("session", session()), ["row", /Stage left/], "Permit"],
  ["/refused", "Refused senders", "Nobody is being refused", add("denied", denied()), ["row", /192.0.2.66/], "Permit"],
  ["/grants", "Grants", "Nobody may send yet", add("grant", grant()), ["row", /192.0.2.10/], "Revoke"],
  [
    "/mrouters",
    "Mrouters",
    "No mrouter is configured",
    add("mrouter", mrouter()),
    ["heading", "edge-1"],
    "Edit edge-1",
  ],
] as const;

describe.each(PAGES)("%s", (path, heading, empty, command, [role, name], act) => {
  const shown = (): HTMLElement => screen.getByRole(role, { name });
  const button = (): HTMLButtonElement => screen.getByRole("button", { name: act });

  it("says that it waits until the first snapshot, then what an empty list means", async () => {
    const page = await Page.open(path);
    expect(await screen.findByRole("heading", { level: 1, name: heading })).toBeTruthy();
    expect(screen.getByText("Waiting for mauthserver …")).toBeTruthy();
    expect(screen.queryByText(empty)).toBeNull();
    await page.connect();
    expect(screen.getByText(empty)).toBeTruthy();
  });

  it("says what to do when mauthserver cannot be reached at all", async () => {
    const page = await Page.open(path);
    await page.lose();
    expect(screen.getByText(/Is mauthserver running\?/)).toBeTruthy();
    expect(screen.getByRole("button", { name: "Reconnect now" })).toBeTruthy();
  });

  it("shows what the snapshot says, and lets it be decided", async () => {
    const page = await Page.open(path);
    await page.connect(command);
    expect(shown()).toBeTruthy();
    expect(screen.queryByText(empty)).toBeNull();
    expect(button().disabled).toBe(false);
  });

  it("keeps what it shows without a connection, and lets nothing be decided", async () => {
    const page = await Page.open(path);
    await page.connect(command);
    await page.lose();
    expect(shown()).toBeTruthy();
    expect(screen.getByText("No connection to mauthserver.")).toBeTruthy();
    expect(button().disabled).toBe(true);
  });

  it("shows a viewer everything and lets him decide nothing", async () => {
    const page = await Page.open(path, new FakeRest(VIEWER));
    await page.connect(command);
    expect(shown()).toBeTruthy();
    expect(button().disabled).toBe(true);
    expect(button().title).toMatch(/viewer/);
  });

  it("says that it does not understand a message, and goes on", async () => {
    const page = await Page.open(path);
    await page.connect();
    page.server.line.events.onText("{");
    await page.push(command);
    expect(screen.getByRole("alert").textContent).toContain("1 message from mauthserver could not be understood");
    expect(shown()).toBeTruthy();
  });
});

describe("a lost connection", () => {
  it("keeps the list, tells its age and forbids decisions until it is back", async () => {
    const page = await Page.open("/refused");
    await page.connect(add("denied", denied()));
    const permit = screen.getByRole<HTMLButtonElement>("button", { name: "Permit" });
    expect(permit.disabled).toBe(false);
    await page.lose();
    await page.advance(100);
    expect(screen.getByText("No connection to mauthserver.").getAttribute("role")).toBe("alert");
    expect(screen.getByText(/What you see is 0 s old/)).toBeTruthy();
    expect(screen.getByRole("row", { name: /192\.0\.2\.66/ })).toBeTruthy();
    expect(permit.disabled).toBe(true);
    await page.advance(1_000);
    await page.connect(add("denied", denied()));
    expect(screen.queryByText("No connection to mauthserver.")).toBeNull();
    expect(permit.disabled).toBe(false);
  });

  it("asks for what it missed, and changes only that", async () => {
    const page = await Page.open("/sessions");
    const other = session({ id: "00000000000000b2", title: "Stage right I/O" });
    await page.connect(add("session", session()), add("session", other));
    const [stays, goes] = [screen.getByRole("row", { name: /Stage left/ }), screen.getByRole("row", { name: /right/ })];
    await page.lose();
    await page.advance(1_000);
    expect(page.server.line.known).toEqual({ log: "log-1", revision: snapshotEnd.rev });
    await page.connect(resumed, remove("session", other.id), add("grant", grant()));
    expect(screen.getByRole("row", { name: /Stage left/ })).toBe(stays);
    expect(goes.isConnected).toBe(false);
    expect(within(stays).getByText("Partly")).toBeTruthy();
  });

  it("counts down to the next attempt", async () => {
    const page = await Page.open("/sessions");
    await page.connect();
    page.clock.chance = 0.999;
    for (let attempt = 0; attempt < 4; attempt++) {
      await page.lose();
      if (attempt < 3) await page.advance(4_000);
    }
    expect(screen.getByText(/Reconnecting in 4 s\./)).toBeTruthy();
    await page.advance(1_000);
    expect(screen.getByText(/Reconnecting in 3 s\./)).toBeTruthy();
  });

  it("warns when frames cannot be understood", async () => {
    const page = await Page.open("/sessions");
    await page.connect();
    page.server.line.events.onText('{"rev":1,"type":"add","entity":"future","value":{}}');
    await page.advance(1_000);
    expect(screen.getByRole("alert").textContent).toContain("1 message from mauthserver could not be understood");
  });
});

describe("alarms of mrouters", () => {
  it("stand on every page", async () => {
    const page = await Page.open("/grants");
    await page.connect(add("mrouter", mrouter({ filter: "memory" })));
    expect(screen.getByRole("alert").textContent).toContain("edge-1 runs the memory filter: it enforces nothing");
    await page.push(add("mrouter", mrouter({ state: "offline" })));
    expect(screen.getByRole("alert").textContent).toContain("edge-1 does not answer");
    await page.push(add("mrouter", mrouter()));
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("live lists", () => {
  it("keep a row's element while its figures change", async () => {
    const page = await Page.open("/refused");
    await page.connect(add("denied", denied({ packets: 100 })));
    const row = screen.getByRole("row", { name: /192\.0\.2\.66/ });
    await page.push(add("denied", denied({ packets: 250 })));
    expect(screen.getByRole("row", { name: /192\.0\.2\.66/ })).toBe(row);
    expect(within(row).getByText("250")).toBeTruthy();
  });

  it("show hostile titles as text", async () => {
    const page = await Page.open("/sessions");
    const title = `<img src=x onerror="alert(1)">${"x".repeat(500)}`;
    await page.connect(add("session", session({ title })));
    expect(screen.getByRole("button", { name: title })).toBeTruthy();
    expect(document.querySelector("img")).toBeNull();
  });

  it("count in the navigation what waits for a decision", async () => {
    const page = await Page.open("/sessions");
    const pair = { source: "192.0.2.10", group: "233.252.0.1" };
    await page.connect(add("denied", denied()), add("denied", denied(pair)), add("grant", grant()));
    expect(screen.getByTitle("1 to decide").textContent).toBe("1");
  });

  it("take search and filters from the address", async () => {
    const page = await Page.open("/sessions?q=right&state=not-permitted");
    const right = session({ id: "00000000000000b2", title: "Stage right I/O", flows: [] });
    const other = session({ id: "00000000000000c3", title: "Right, too" });
    await page.connect(add("session", session()), add("session", right), add("session", other));
    expect(screen.getByText("1 of 3 sessions")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Right, too" })).toBeTruthy();
  });
});
