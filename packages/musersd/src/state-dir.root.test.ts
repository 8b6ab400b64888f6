// SPDX-License-Identifier: MIT
import { chownSync, linkSync, lstatSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { giveStateFilesTo } from "./state-dir.ts";
import { findUser } from "./user.ts";

const user = findUser("daemon");
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "musersd-state-"))));
afterEach(() => rmSync(folder, { recursive: true }));

it("gives root's files in the state directory to the user of the serving part", () => {
  for (const name of ["term", "slots", "modes", "gate"]) writeFileSync(join(folder, name), "", { mode: 0o600 });
  giveStateFilesTo(user, folder);
  const owners = ["term", "slots", "modes", "gate"].map((name) => statSync(join(folder, name)).uid);
  expect(owners).toEqual([user.uid, user.uid, user.uid, 0]);
});

it("gives nothing away that a link leads to, and nothing of somebody else", () => {
  const [secret, other] = [join(folder, "secret"), join(folder, "modes")];
  writeFileSync(secret, "of root", { mode: 0o600 });
  symlinkSync(secret, join(folder, "term"));
  linkSync(secret, join(folder, "slots"));
  writeFileSync(other, "");
  chownSync(other, 65_533, 65_533);
  giveStateFilesTo(user, folder);
  expect(lstatSync(secret).uid).toBe(0);
  expect(lstatSync(other).uid).toBe(65_533);
});
