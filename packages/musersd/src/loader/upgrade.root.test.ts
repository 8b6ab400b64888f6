// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MAP_NAMES } from "../filter/maps.ts";
import { Flood } from "../../test/flood.ts";
import { TestMrouter } from "../../test/mrouter.ts";
import { loadNative } from "../native.ts";

const native = loadNative();
const KERNEL_MODULE = dirname(dirname(fileURLToPath(import.meta.resolve("@mauth/kernel-module/msender.bpf.o"))));
const GROUP = "233.252.0.1";
const ROGUE_GROUP = "233.252.0.66";
const UPGRADES = 2;
/** It starts musersd three times, on a machine that may be busy. */
const TIMEOUT_MS = 120_000;

let mrouter: TestMrouter;
beforeEach(() => (mrouter = new TestMrouter()));
afterEach(() => mrouter.close());

/** Compiles the filter with another limit: other instructions over the same tables. */
function compileOtherVersion(): string {
  const object = join(mrouter.directory, "other.bpf.o");
  const flags = ["-O2", "-g", "-target", "bpf", "-mcpu=v3", "-I/usr/include/x86_64-linux-gnu"];
  const source = join(KERNEL_MODULE, "bpf/msender.bpf.c");
  execFileSync("clang", [...flags, "-DMSENDER_NEW_DENIED_PER_TICK=7", "-c", source, "-o", object]);
  return object;
}

/** Puts the other version in the place of the attached program, as its musersd would have. */
function attachOtherVersion(object: string): void {
  const pinDir = `${mrouter.directory}/state/bpf`;
  const maps = Object.fromEntries(MAP_NAMES.map((name) => [name, native.pinned(join(pinDir, name)) ?? -1]));
  const { program, maps: loaded } = native.objectLoad(object, 0, maps);
  mrouter.inMrouter("rm", "-f", `${pinDir}/program`);
  native.pin(program, `${pinDir}/program`);
  mrouter.replaceFilter(`${pinDir}/program`);
  for (const fd of [program, ...Object.values(loaded), ...Object.values(maps)]) native.close(fd);
}

it(
  "another version of the filter is put in its place under traffic, and no packet is judged by neither",
  async () => {
    const other = compileOtherVersion();
    const senders = join(mrouter.directory, "mauth.conf");
    writeFileSync(senders, `192.0.2.11 ${GROUP} 16\n`);
    const config = mrouter.writeConfig([`mauth_conf = "${senders}"`, "observed = []"]);
    const first = await mrouter.start(config);
    await first.end("SIGKILL");
    const flood = await Flood.start(mrouter, { permitted: GROUP, rogue: ROGUE_GROUP });
    for (let upgrade = 0; upgrade < UPGRADES; upgrade++) {
      attachOtherVersion(other);
      await flood.progress();
      const daemon = await mrouter.start(config);
      expect(daemon.lines).toContainEqual(expect.objectContaining({ msg: "filter attached", isReplaced: true }));
      await flood.progress();
      await daemon.end("SIGKILL");
    }
    const { sent, received, leaked } = await flood.stop();
    expect({ received, leaked }).toEqual({ received: sent, leaked: 0 });
  },
  TIMEOUT_MS,
);
