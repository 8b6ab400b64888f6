// SPDX-License-Identifier: MIT
/* Loads the module broken in one way after the other, and checks that the tests notice; prints TAP. */
import { spawnSync } from "node:child_process";
import { writeSync } from "node:fs";
import { MUTANTS } from "../mutants.ts";
import { run } from "./shell.ts";

const SPLAT = /WARNING|BUG|Objects remaining/;
const OUTPUT_FD = 1;

/** Runs the tests with the module that is loaded; tells whether all passed. */
function passes(tests: string): boolean {
  const { status, stdout } = spawnSync(process.execPath, ["/mauth/test/main.mjs", tests], { encoding: "utf8" });
  if (!/^(not )?ok/m.test(stdout)) throw new Error(`no test is called ${tests}`);
  return status === 0;
}

/** Tells whether the kernel complained, and makes it forget that. */
function hasSplat(): boolean {
  return SPLAT.test(run("/bin/dmesg", "-c"));
}

function isCaught(module: string, tests: string): boolean {
  run("/bin/insmod", module);
  const passed = passes(tests);
  run("/bin/rmmod", "msender");
  return hasSplat() || !passed;
}

run("/bin/rmmod", "msender");
const all = MUTANTS.map(({ tests }) => tests).join("|");
const lines: [isOk: boolean, title: string][] = [[!isCaught("/mauth/msender.ko", all), "the module as it is passes"]];
for (const [index, { file, before, after, tests }] of MUTANTS.entries()) {
  const what = `${before} -> ${after}`.replaceAll(/\s+/g, " ");
  lines.push([isCaught(`/mauth/mutant${index}.ko`, tests), `caught: ${file}: ${what}`]);
}
for (const [index, [isOk, title]] of lines.entries())
  writeSync(OUTPUT_FD, `${isOk ? "ok" : "not ok"} ${index + 1} - ${title}\n`);
writeSync(OUTPUT_FD, `1..${lines.length}\n`);
