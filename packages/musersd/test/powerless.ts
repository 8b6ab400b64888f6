// SPDX-License-Identifier: MIT
/* Gives up its privileges as the serving part does, tries what it must not be able to do, and prints what came of each. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { errnoOf } from "../src/errors.ts";
import { loadNative } from "../src/native.ts";
import { findUser } from "../src/user.ts";

const OBJECT = fileURLToPath(import.meta.resolve("@mauth/kernel-module/msender.bpf.o"));
const LOOPBACK_IFINDEX = 1;

const native = loadNative();
const { program, maps } = native.objectLoad(OBJECT, 1, {});
const { uid, gid } = findUser("nobody");
const attempts: Record<string, () => unknown> = {
  "attach the filter": () => native.tcAttach(LOOPBACK_IFINDEX, program),
  "detach the filter": () => native.tcDetach(LOOPBACK_IFINDEX, "msender_ingress"),
  "mount a file system": () => native.mountBpffs("/mnt"),
  "open a map by its number": () => native.mapById(1),
  "change multicast routing": () => native.mruleAdd(4, 1452, 0x5ac),
  "become root": () => process.setuid?.(0),
  "read the passwords": () => readFileSync("/etc/shadow"),
  "signal root's processes": () => process.kill(1, 0),
  "change the map that it has open": () => native.mapDelete(maps["senders"] ?? -1, new Uint8Array(8)),
};

native.dropPrivileges(uid, gid);
for (const [what, attempt] of Object.entries(attempts)) {
  try {
    attempt();
    process.stdout.write(`${what}: done\n`);
  } catch (error) {
    process.stdout.write(`${what}: ${errnoOf(error)}\n`);
  }
}
