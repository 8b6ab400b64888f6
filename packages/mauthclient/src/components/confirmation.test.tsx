// @vitest-environment jsdom
// SPDX-License-Identifier: MIT
import { PASSWORD_NEEDED } from "@mauth/protocol/api";
import { screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { expect, it } from "vitest";
import { FakeRest } from "../../test/fake-rest.ts";
import { Page } from "../../test/render.tsx";
import { add, grant } from "../../test/samples.ts";

it("a change that needs the password again asks for it, says when it is wrong, and is then made", async () => {
  const user = userEvent.setup();
  const rest = new FakeRest();
  let isGiven = false;
  rest.on("PATCH /grants/192.0.2.10%3E233.252.0.1", () =>
    isGiven
      ? { body: { outcome: "ack" } }
      : { status: 403, body: { type: PASSWORD_NEEDED, title: "give your password again", status: 403 } },
  );
  rest.on("POST /me/confirmation", (body) => {
    isGiven = (body as { password: string }).password === "correct horse";
    return isGiven ? { status: 204 } : { status: 403, body: { title: "the password is wrong", status: 403 } };
  });
  const page = await Page.open("/grants", rest);
  await page.connect(add("grant", grant()));
  await user.click(screen.getByRole("button", { name: "Edit limits" }));
  const edit = await screen.findByRole("dialog", { name: "Edit grant" });
  await user.type(within(edit).getByRole("textbox", { name: "Reason" }), "rehearsal");
  await user.click(within(edit).getByRole("button", { name: "Save" }));
  const asked = await screen.findByRole("dialog", { name: "Your password again" });
  await user.type(within(asked).getByLabelText("Password"), "wrong horse{Enter}");
  expect(await within(asked).findByText("the password is wrong")).toBeTruthy();
  await user.clear(within(asked).getByLabelText("Password"));
  await user.type(within(asked).getByLabelText("Password"), "correct horse{Enter}");
  expect((await screen.findByRole("alert")).textContent).toContain("Changed");
  expect(screen.queryByRole("dialog", { name: "Your password again" })).toBeNull();
});
