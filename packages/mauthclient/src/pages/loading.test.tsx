// @vitest-environment jsdom
// SPDX-License-Identifier: MIT
import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { Page } from "../../test/render.tsx";
import { add, denied, grant, progress, session, snapshotEnd } from "../../test/samples.ts";

const GRANTS = [add("grant", grant()), progress("grant", 1, 1)];
const FIRST = [add("session", session()), progress("session", 1, 3)];

const rows = (): string[] => screen.getAllByRole("row").map((row) => row.textContent ?? "");

it("shows the first sessions before the snapshot is complete, says how far it is, and lets nothing be decided yet", async () => {
  const page = await Page.open("/sessions");
  await page.begin(GRANTS, FIRST);
  expect(rows().filter((text) => text.includes("Stage left"))).toHaveLength(1);
  expect(screen.getByText("Partly", { exact: false, selector: "tbody *" })).toBeTruthy();
  expect(screen.getByText("Loading 1 of 3")).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Permit" }).disabled).toBe(true);
  await page.push(snapshotEnd);
  expect(screen.getByText("1 session")).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Permit" }).disabled).toBe(false);
});

it("shows no session before it is known what is permitted", async () => {
  const page = await Page.open("/sessions");
  await page.begin([add("grant", grant()), progress("grant", 1, 2)], FIRST);
  expect(screen.queryByText("Stage left I/O")).toBeNull();
  await page.push(snapshotEnd);
  expect(screen.getByText("Stage left I/O")).toBeTruthy();
});

it.each(["/sessions?sort=-heard", "/sessions?q=stage"])(
  "waits in another order than that of the snapshot, whose rows would be pushed about: %s",
  async (path) => {
    const page = await Page.open(path);
    await page.begin(GRANTS, FIRST);
    expect(screen.queryByText("Stage left I/O")).toBeNull();
    expect(screen.getAllByText("Loading 1 of 3").length).toBeGreaterThan(0);
    await page.push(snapshotEnd);
    expect(screen.getByText("Stage left I/O")).toBeTruthy();
  },
);

it("shows refused senders once the sessions that they belong to are there", async () => {
  const page = await Page.open("/refused");
  const refused = [add("denied", denied({ source: "192.0.2.10", group: "233.252.0.2" })), progress("denied", 1, 1)];
  await page.begin(GRANTS, FIRST, refused);
  expect(screen.queryByRole("row", { name: /192.0.2.10/ })).toBeNull();
  await page.begin(
    GRANTS,
    [add("session", session()), progress("session", 1, 1)],
    [progress("ignored", 0, 0)],
    refused,
  );
  expect(screen.getByRole("row", { name: /192.0.2.10/ }).textContent).toContain("Stage left");
});
