// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { giveToOwnerOfFolder } from "./owner.ts";

const MAIN = path.join(import.meta.dirname, "../main.ts");
/** A user that every Debian has, in the place of mauth. */
const USER = "daemon";
const uid = Number(execFileSync("id", ["-u", USER], { encoding: "utf8" }));

let folder: string;
let database: string;
let config: string;
beforeEach(() => {
  const base = mkdtempSync(path.join(tmpdir(), "mauth-owner-"));
  chmodSync(base, 0o755);
  folder = path.join(base, "mauth");
  mkdirSync(folder, { mode: 0o700 });
  chownSync(folder, uid, uid);
  database = path.join(folder, "mauth.db");
  config = path.join(base, "mauthserver.toml");
  writeFileSync(config, `listen = "127.0.0.1:1"\nstore = "sqlite:${database}"\n`);
});
afterEach(() => rmSync(path.dirname(folder), { recursive: true }));

function addAccount(name: string, as: { uid?: number; gid?: number } = {}): { status: number | null; stderr: string } {
  const argv = [MAIN, "account", "add", name, "--role", "viewer", "--config", config];
  const { status, stderr } = spawnSync(process.execPath, argv, { input: "correct horse\n", encoding: "utf8", ...as });
  return { status, stderr };
}

it("a command as root leaves nothing that the owner of the folder cannot use", () => {
  expect(addAccount("alice")).toEqual({ status: 0, stderr: "" });
  expect(readdirSync(folder).map((name) => statSync(path.join(folder, name)).uid)).toEqual([uid, uid, uid]);
  expect(addAccount("bob", { uid, gid: uid })).toEqual({ status: 0, stderr: "" });
  expect(addAccount("carol")).toEqual({ status: 0, stderr: "" });
  expect(addAccount("dave", { uid, gid: uid })).toEqual({ status: 0, stderr: "" });
});

it.each([
  ["mauth.db", "*"],
  ["mauth.db.lock", "*"],
  ["", ""],
])("a file %s of somebody else is named, with its owner and what to do", (name, star) => {
  expect(addAccount("alice", { uid, gid: uid }).status).toBe(0);
  const file = path.join(folder, name);
  chownSync(file, 0, 0);
  chmodSync(file, 0o700);
  const what = star === "" ? folder : `${database}*`;
  const stranger = name === "" ? folder : file;
  const trouble = `${stranger} belongs to root and mauthserver runs as ${USER}: chown ${USER} ${what}`;
  expect(addAccount("bob", { uid, gid: uid })).toEqual({
    status: 1,
    stderr: `mauthserver: cannot use the database ${database}: ${trouble}\n`,
  });
});

it("gives nothing away that a link leads to, and nothing of somebody else", () => {
  const secret = path.join(path.dirname(folder), "secret");
  writeFileSync(secret, "of root");
  symlinkSync(secret, database);
  linkSync(secret, `${database}.lock`);
  writeFileSync(`${database}.reserve`, "");
  chownSync(`${database}.reserve`, 65_533, 65_533);
  giveToOwnerOfFolder(database);
  expect(lstatSync(secret).uid).toBe(0);
  expect(lstatSync(`${database}.reserve`).uid).toBe(65_533);
});
