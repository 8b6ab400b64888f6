// SPDX-License-Identifier: MIT
import { expect } from "@playwright/test";
import { expectAccessible } from "../support/accessible.ts";
import { goTo, pairOf, pictureIn, story } from "../support/story.ts";

story("an operator sees what passes and what is refused, in all and of one sender", async (telling) => {
  const { page, lab, air, look } = telling;
  const group = `233.252.0.${120 + look.at}`;
  await air.send("rogue", group);
  await page.goto(`${lab.url}/sessions`);
  await goTo(page, "Traffic");
  await expect(page.getByRole("img", { name: /now .* passed and (?!0 )[\d,]+ pkt\/s refused/ })).toBeVisible();
  await page.getByRole("main").getByText("Refused", { exact: true }).last().click();
  const link = page.getByRole("link", { name: `Traffic of ${pairOf("rogue", group)}` });
  await expect(link).toBeVisible();
  await link.click();
  const one = page.getByRole("region", { name: pairOf("rogue", group) });
  await expect(one.getByRole("img", { name: /in the last 15 minutes; now [3-6]\d pkt\/s/ })).toBeVisible();
  await expectAccessible(page);
  await pictureIn(look, page, "lab-traffic");
  expect(new URL(page.url()).searchParams.get("fate")).toBe("refused");
});
