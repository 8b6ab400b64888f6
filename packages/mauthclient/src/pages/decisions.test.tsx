// @vitest-environment jsdom
// SPDX-License-Identifier: MIT
import { CHANGED_MEANWHILE } from "@mauth/protocol/api";
import { screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { FakeRest } from "../../test/fake-rest.ts";
import { Page } from "../../test/render.tsx";
import { add, denied, grant, mrouter, sender, session } from "../../test/samples.ts";

/** Where the grant of the samples is read and changed. */
const GRANT = "/grants/192.0.2.10%3E233.252.0.1";
// c000020a = 192.0.2.10, e9fc0001 = 233.252.0.1, 0f = 15 hops
const ADD_FIRST = "00c000020ae9fc00010f";
const ADD_SECOND = "00c000020ae9fc00020f";

describe("permitting a session", () => {
  it("lists every sender, sends one request at a time and tells the outcome", async () => {
    const user = userEvent.setup();
    const page = await Page.open("/sessions");
    await page.connect(add("session", session()), add("mrouter", mrouter()));
    await user.click(screen.getByRole("button", { name: "Stage left I/O" }));
    const details = await screen.findByRole("dialog", { name: "Stage left I/O" });
    await user.click(within(details).getByRole("button", { name: "Permit" }));
    const dialog = await screen.findByRole("dialog", { name: "Permit senders" });
    expect(
      within(dialog)
        .getAllByText(/→/)
        .map((one) => one.textContent),
    ).toEqual(["192.0.2.10 → 233.252.0.1", "192.0.2.10 → 233.252.0.2"]);
    expect(within(dialog).getByRole<HTMLButtonElement>("button", { name: "host 0" }).disabled).toBe(true);
    await user.click(within(dialog).getByRole("button", { name: "Permit 2 senders" }));
    expect(page.requests).toEqual([ADD_FIRST]);
    await page.answer("ack");
    expect(page.requests).toEqual([ADD_FIRST, ADD_SECOND]);
    await page.answer("ack");
    expect((await screen.findByRole("alert")).textContent).toContain("192.0.2.10 → 233.252.0.2: in force");
  });

  it("permits with the TTL that was chosen, and only the senders that were left in", async () => {
    const user = userEvent.setup();
    const page = await Page.open(`/sessions?session=${session().id}`);
    await page.connect(add("session", session()), add("mrouter", mrouter()));
    const details = await screen.findByRole("dialog", { name: "Stage left I/O" });
    await user.click(within(details).getByRole("button", { name: "Permit" }));
    const dialog = await screen.findByRole("dialog", { name: "Permit senders" });
    await user.click(within(dialog).getByRole("checkbox", { name: "Permit 192.0.2.10 to send to 233.252.0.1" }));
    await user.click(within(dialog).getByRole("button", { name: "region 63" }));
    await user.click(within(dialog).getByRole("button", { name: "Permit 1 sender" }));
    expect(page.requests).toEqual(["00c000020ae9fc00023f"]);
  });

  it("says that the outcome is unknown when nobody answers for 6.2 s", async () => {
    const user = userEvent.setup();
    const page = await Page.open("/refused");
    await page.connect(add("denied", denied({ ttl: 16 })), add("mrouter", mrouter()));
    await user.click(screen.getByRole("button", { name: "Permit" }));
    await user.click(await screen.findByRole("button", { name: "Permit 1 sender" }));
    await page.advance(6_200);
    const toast = await screen.findByRole("alert");
    expect(toast.textContent).toContain("Outcome unknown");
    expect(page.requests).toHaveLength(5);
  });

  it("says that nothing changed when it is refused", async () => {
    const user = userEvent.setup();
    const page = await Page.open("/refused");
    await page.connect(add("denied", denied({ ttl: 16 })), add("mrouter", mrouter()));
    await user.click(screen.getByRole("button", { name: "Permit" }));
    await user.click(await screen.findByRole("button", { name: "Permit 1 sender" }));
    await page.answer("error");
    expect((await screen.findByRole("alert")).textContent).toContain("Nothing changed");
  });
});

describe("grants", () => {
  it("are revoked after the dialog said who is cut off", async () => {
    const user = userEvent.setup();
    const page = await Page.open("/grants");
    await page.connect(
      add("session", session()),
      add("grant", grant()),
      add("sender", sender({ packets: 0, bytes: 0 })),
    );
    for (let second = 1; second <= 3; second++) {
      await page.push(add("sender", sender({ packets: second * 50, bytes: second * 15_000 })));
    }
    await user.click(screen.getByRole("button", { name: "Revoke" }));
    const dialog = await screen.findByRole("dialog", { name: "Revoke grants" });
    expect(dialog.textContent).toContain("Stage left I/O");
    expect(dialog.textContent).toContain("sending 50 pkt/s, 120 kbit/s now");
    await user.click(within(dialog).getByRole("button", { name: "Revoke 1 sender" }));
    expect(page.requests).toEqual(["01c000020ae9fc00010f"]);
  });

  it("get another maximum TTL where it stands, with Enter; Escape leaves it", async () => {
    const user = userEvent.setup();
    const page = await Page.open("/grants");
    await page.connect(add("grant", grant()));
    await user.click(screen.getByRole("button", { name: "Change TTL" }));
    await user.type(screen.getByRole("textbox", { name: "Max TTL" }), "{Escape}");
    expect(screen.queryByRole("textbox", { name: "Max TTL" })).toBeNull();
    await user.click(screen.getByRole("button", { name: "Change TTL" }));
    await user.clear(screen.getByRole("textbox", { name: "Max TTL" }));
    await user.type(screen.getByRole("textbox", { name: "Max TTL" }), "0{Enter}");
    expect(page.requests).toEqual([]);
    await user.clear(screen.getByRole("textbox", { name: "Max TTL" }));
    await user.type(screen.getByRole("textbox", { name: "Max TTL" }), "1{Enter}");
    expect(page.requests).toEqual(["00c000020ae9fc000101"]);
  });

  it("get limits by REST, which 11 bytes cannot carry", async () => {
    const user = userEvent.setup();
    const rest = new FakeRest();
    rest.on(`GET ${GRANT}`, () => ({ body: grant(), tag: '"log1-7"' }));
    rest.on(`PATCH ${GRANT}`, () => ({ body: { outcome: "ack" } }));
    const page = await Page.open("/grants", rest);
    await page.connect(add("grant", grant()));
    await user.click(screen.getByRole("button", { name: "Edit limits" }));
    const dialog = await screen.findByRole("dialog", { name: "Edit grant" });
    await user.selectOptions(within(dialog).getByRole("combobox", { name: "How long" }), "2 hours");
    await user.type(within(dialog).getByRole("textbox", { name: "Reason" }), "rehearsal");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    expect((await screen.findByRole("alert")).textContent).toContain("Changed");
    const expiresAt = 1_800_000_000_000 + 7_200_000;
    expect(rest.asked.at(-1)).toMatchObject({
      method: "PATCH",
      path: GRANT,
      csrf: "csrf-1",
      ifMatch: '"log1-7"',
      body: { maxTtl: 15, expiresAt, reason: "rehearsal", rate: null, binding: null },
    });
    expect(page.requests).toEqual([]);
  });

  it("that somebody else changed meanwhile are shown, and what was typed is kept", async () => {
    const user = userEvent.setup();
    const rest = new FakeRest();
    let tag = '"log1-7"';
    const [before, after] = [{ maxTtl: 15 }, { maxTtl: 31 }];
    const changed = { by: "ben", at: 1_800_000_000_000, rev: 8, before, after };
    const problem = { type: CHANGED_MEANWHILE, title: "ben has changed it meanwhile", status: 412, changed };
    rest.on(`GET ${GRANT}`, () => ({ body: grant(), tag }));
    rest.on(`PATCH ${GRANT}`, () => {
      if (rest.asked.at(-1)?.ifMatch !== '"log1-7"') return { body: { outcome: "ack" } };
      tag = '"log1-8"';
      return { status: 412, body: problem };
    });
    const page = await Page.open("/grants", rest);
    await page.connect(add("grant", grant()));
    await user.click(screen.getByRole("button", { name: "Edit limits" }));
    const dialog = await screen.findByRole("dialog", { name: "Edit grant" });
    const reason = within(dialog).getByRole<HTMLInputElement>("textbox", { name: "Reason" });
    await user.type(reason, "rehearsal");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    const note = await within(dialog).findByRole("alert");
    expect(note.textContent).toContain("ben changed it meanwhile:");
    expect(within(note).getByRole("listitem").textContent).toBe("maxTtl: 15 → 31");
    expect(reason.value).toBe("rehearsal");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    expect((await screen.findByText("Changed")).textContent).toBe("Changed");
    expect(rest.asked.at(-1)).toMatchObject({ method: "PATCH", ifMatch: '"log1-8"' });
  });

  it("that changed before the dialog was opened are shown at once", async () => {
    const user = userEvent.setup();
    const rest = new FakeRest();
    rest.on(`GET ${GRANT}`, () => ({ body: grant({ maxTtl: 31 }), tag: '"log1-8"' }));
    const page = await Page.open("/grants", rest);
    await page.connect(add("grant", grant()));
    await user.click(screen.getByRole("button", { name: "Edit limits" }));
    const dialog = await screen.findByRole("dialog", { name: "Edit grant" });
    expect((await within(dialog).findByRole("alert")).textContent).toContain("Somebody changed it meanwhile:");
  });

  it("are revoked in bulk after a preview of who is cut off, and come back as they were within 10 s", async () => {
    const user = userEvent.setup();
    const rest = new FakeRest();
    rest.on("POST /grants/bulk", () => ({ body: { results: [{ outcome: "ack" }] } }));
    const page = await Page.open("/grants", rest);
    const limited = grant({ group: "233.252.0.2", reason: "for the choir" });
    await page.connect(add("grant", grant()), add("grant", limited));
    await user.click(screen.getByRole("checkbox", { name: "Select all that are shown" }));
    const bar = screen.getByRole("region", { name: "2 selected" });
    await user.click(within(bar).getByRole("button", { name: "Revoke" }));
    const dialog = await screen.findByRole("dialog", { name: "Revoke grants" });
    expect(dialog.textContent).toContain("None of them is sending now.");
    await user.click(within(dialog).getByRole("button", { name: "Revoke 2 senders" }));
    await page.answer("ack");
    await page.answer("ack");
    expect(page.requests).toEqual(["01c000020ae9fc00010f", "01c000020ae9fc00020f"]);
    expect(screen.queryByRole("region", { name: "2 selected" })).toBeNull();
    await user.click(await screen.findByRole("button", { name: "Undo" }));
    expect(page.requests.at(-1)).toBe(ADD_FIRST);
    expect(rest.asked.at(-1)?.body).toMatchObject({ permit: [{ group: "233.252.0.2", reason: "for the choir" }] });
  });

  it("count down to their end and say what else limits them", async () => {
    const page = await Page.open("/grants");
    const rate = { bytesPerSecond: 288_000, burstBytes: 30_000 };
    await page.connect(add("grant", grant({ expiresAt: 1_800_000_000_000 + 90_000, rate })));
    const row = screen.getByRole("row", { name: /192\.0\.2\.10/ });
    expect(within(row).getByText("ends in 1 min")).toBeTruthy();
    expect(within(row).getByText("≤ 2.3 Mbit/s")).toBeTruthy();
    await page.advance(60_000);
    expect(within(row).getByText("ends in 30 s")).toBeTruthy();
  });

  it("made by hand are checked before anything is sent", async () => {
    const user = userEvent.setup();
    const page = await Page.open("/grants");
    await page.connect(add("mrouter", mrouter()), add("grant", grant()));
    await user.click(screen.getByRole("button", { name: "Permit a sender" }));
    const dialog = await screen.findByRole("dialog", { name: "Permit a sender" });
    await user.type(within(dialog).getByRole("textbox", { name: "Source" }), "233.252.0.9");
    await user.type(within(dialog).getByRole("textbox", { name: "Group" }), "224.0.0.5");
    await user.click(within(dialog).getByRole("button", { name: "Permit 1 sender" }));
    expect(dialog.textContent).toContain("A unicast IPv4 or IPv6 address");
    expect(dialog.textContent).toContain("A multicast address or prefix outside 224.0.0.0/24");
    expect(page.requests).toEqual([]);
  });

  it("never call a sender silent of which nobody reports figures", async () => {
    const page = await Page.open("/grants");
    await page.connect(add("grant", grant()));
    await page.advance(10_000);
    const row = screen.getByRole("row", { name: /192\.0\.2\.10/ });
    expect(within(row).queryByText("silent")).toBeNull();
    await page.push(add("sender", sender()));
    await page.advance(10_000);
    expect(within(row).getByText("silent")).toBeTruthy();
  });

  it("show the worst of their mrouters", async () => {
    const page = await Page.open("/grants");
    const enforcement = [
      { mrouter: "edge-1", state: "enforced" },
      { mrouter: "edge-2", state: "failed", error: "the filter holds as many senders as it may (senders_max)" },
    ] as const;
    await page.connect(add("grant", grant({ enforcement: [...enforcement] })));
    const row = screen.getByRole("row", { name: /192\.0\.2\.10/ });
    expect(within(row).getByText("Failed")).toBeTruthy();
    expect(within(row).getByTitle(/edge-2: failed \(the filter holds/)).toBeTruthy();
  });
});
