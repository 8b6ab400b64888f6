// @vitest-environment jsdom
// SPDX-License-Identifier: MIT
import { screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { ADMIN, FakeRest } from "../../test/fake-rest.ts";
import { Page } from "../../test/render.tsx";
import { add, denied, grant, mrouter, NOW_MS, remove, session } from "../../test/samples.ts";

const PAIR = "192.0.2.66>233.252.0.1";
const announced = session({ flows: [{ source: "192.0.2.66", group: "233.252.0.1", ttl: 15 }] });

async function openMenu(user: ReturnType<typeof userEvent.setup>, item: string): Promise<HTMLButtonElement> {
  await user.click(screen.getByRole("button", { name: "Permit 192.0.2.66 → 233.252.0.1 for a while" }));
  return screen.findByRole<HTMLButtonElement>("menuitem", { name: item });
}

describe("the inbox of refused senders", () => {
  it("permits for 15 minutes in two clicks", async () => {
    const user = userEvent.setup();
    const rest = new FakeRest();
    rest.on("POST /grants/bulk", () => ({ body: { results: [{ outcome: "ack" }] } }));
    const page = await Page.open("/refused", rest);
    await page.connect(add("mrouter", mrouter()), add("denied", denied()));
    await user.click(await openMenu(user, "for 15 minutes"));
    const dialog = await screen.findByRole("dialog", { name: "Permit senders" });
    expect(dialog.textContent).toContain("For the next 15 minutes");
    await user.click(within(dialog).getByRole("button", { name: "Permit 1 sender" }));
    await screen.findByRole("alert");
    expect(rest.asked.at(-1)?.body).toMatchObject({ permit: [{ maxTtl: 64, expiresAt: NOW_MS + 900_000 }] });
  });

  it("permits until the session ends by following the session", async () => {
    const user = userEvent.setup();
    const rest = new FakeRest();
    rest.on("POST /grants/bulk", () => ({ body: { results: [{ outcome: "ack" }] } }));
    const page = await Page.open("/refused", rest);
    await page.connect(add("session", announced), add("denied", denied({ ttl: 15 })));
    await user.click(await openMenu(user, "until its session ends"));
    await user.click(await screen.findByRole("button", { name: "Permit 1 sender" }));
    await screen.findByRole("alert");
    expect(rest.asked.at(-1)?.body).toMatchObject({
      permit: [{ source: "192.0.2.66", group: "session", session: announced.id, maxTtl: 15 }],
    });
  });

  it("never permits a sender without a session until a session's end", async () => {
    const user = userEvent.setup();
    const page = await Page.open("/refused");
    await page.connect(add("denied", denied()));
    const item = await openMenu(user, "until its session ends");
    expect(item.disabled).toBe(true);
  });

  it("ignores: the row leaves, stays away for everybody, and can be brought back", async () => {
    const user = userEvent.setup();
    const rest = new FakeRest();
    rest.on(`PUT /denied/${encodeURIComponent(PAIR)}/ignored`, () => ({ status: 204 }));
    const page = await Page.open("/refused", rest);
    await page.connect(add("denied", denied()));
    expect(screen.getByTitle("1 to decide")).toBeTruthy();
    await user.click(await openMenu(user, "Ignore"));
    expect((await screen.findByRole("alert")).textContent).toContain("out of the inbox for everybody");
    await page.push(add("ignored", { id: PAIR, by: "ada", at: NOW_MS }));
    expect(screen.queryByRole("row", { name: /192\.0\.2\.66/ })).toBeNull();
    expect(screen.queryByTitle("1 to decide")).toBeNull();
    await user.selectOptions(screen.getByRole("combobox", { name: "Show" }), "ignored");
    expect(screen.getByText("Ignored by ada")).toBeTruthy();
    await page.push(remove("ignored", PAIR));
    expect(screen.getByText("Nothing matches")).toBeTruthy();
  });

  it("tells why when a change is refused, and that nothing changed", async () => {
    const user = userEvent.setup();
    const rest = new FakeRest();
    const body = { title: "Forbidden", status: 403, detail: "bob may only permit within 233.252.0.0/25" };
    rest.on(`PUT /denied/${encodeURIComponent(PAIR)}/ignored`, () => ({ status: 403, body }));
    const page = await Page.open("/refused", rest);
    await page.connect(add("denied", denied()));
    await user.click(await openMenu(user, "Ignore"));
    expect((await screen.findByRole("alert")).textContent).toContain("bob may only permit within 233.252.0.0/25");
  });

  it("decides about many at once", async () => {
    const user = userEvent.setup();
    const page = await Page.open("/refused");
    await page.connect(add("denied", denied({ ttl: 15 })), add("denied", denied({ group: "233.252.0.2", ttl: 15 })));
    await user.click(screen.getByRole("checkbox", { name: "Select 192.0.2.66 → 233.252.0.1" }));
    await user.click(screen.getByRole("checkbox", { name: "Select 192.0.2.66 → 233.252.0.2" }));
    await user.click(
      within(screen.getByRole("region", { name: "2 selected" })).getByRole("button", { name: "Permit" }),
    );
    await user.click(await screen.findByRole("button", { name: "Permit 2 senders" }));
    await page.answer("ack");
    await page.answer("ack");
    expect(page.requests).toEqual(["00c0000242e9fc00010f", "00c0000242e9fc00020f"]);
  });

  it("selects nothing that is no longer shown", async () => {
    const user = userEvent.setup();
    const page = await Page.open("/refused");
    await page.connect(add("denied", denied()), add("denied", denied({ group: "233.252.0.2" })));
    await user.click(screen.getByRole("checkbox", { name: "Select all that are shown" }));
    await page.push(remove("denied", denied().id));
    expect(screen.getByRole("region", { name: "1 selected" })).toBeTruthy();
  });

  it("offers to edit the grant whose TTL is too low", async () => {
    const user = userEvent.setup();
    const rest = new FakeRest();
    const path = "/grants/192.0.2.10%3E233.252.0.1";
    rest.on(`PATCH ${path}`, () => ({ body: { outcome: "ack" } }));
    const page = await Page.open("/refused", rest);
    const own = { source: "192.0.2.10", group: "233.252.0.1" };
    await page.connect(add("grant", grant()), add("denied", denied({ ...own, reason: "TTL", ttl: 64 })));
    await user.click(screen.getByRole("button", { name: "Raise TTL" }));
    const dialog = await screen.findByRole("dialog", { name: "Edit grant" });
    await user.click(within(dialog).getByRole("button", { name: "Use 64" }));
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    expect((await screen.findByRole("alert")).textContent).toContain("Changed");
    expect(rest.asked.at(-1)).toMatchObject({ method: "PATCH", path, body: { maxTtl: 64 } });
  });

  it("lets a viewer look and not decide", async () => {
    const rest = new FakeRest({ ...ADMIN, name: "val", role: "viewer" });
    const page = await Page.open("/refused", rest);
    await page.connect(add("denied", denied()));
    const permit = screen.getByRole<HTMLButtonElement>("button", { name: "Permit" });
    expect(permit.disabled).toBe(true);
    expect(permit.title).toBe("Your role, viewer, does not allow this");
  });

  it("lets an approver permit for a limited time only", async () => {
    const user = userEvent.setup();
    const rest = new FakeRest({ ...ADMIN, name: "amy", role: "approver" });
    const page = await Page.open("/refused", rest);
    await page.connect(add("denied", denied()));
    await user.click(screen.getByRole("button", { name: "Permit" }));
    const dialog = await screen.findByRole("dialog", { name: "Permit senders" });
    const choices = within(within(dialog).getByRole("combobox", { name: "How long" })).getAllByRole("option");
    expect(choices.map((one) => one.textContent)).toEqual(["15 minutes", "2 hours", "8 hours"]);
  });
});
