// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const MEMORY_MIB = 1536;
/** A guest that takes longer hangs; on a quiet machine it takes one minute. */
const BOOT_MS_MAX = 1_200_000;

/** How a guest ended. */
export interface Guest {
  /** What its tests printed. */
  readonly output: string;
  /** The kernel's console. */
  readonly console: string;
}

/**
 * Runs a guest until it switches itself off, or dies. Always emulated (TCG): /dev/kvm of a nested machine can be opened and
 * still hang.
 */
export async function runGuest(options: { image: string; initrd: string; directory: string }): Promise<Guest> {
  const { image, initrd, directory } = options;
  const console = join(directory, "console.log");
  const tap = join(directory, "tap.log");
  const args = ["-accel", "tcg", "-machine", "q35", "-cpu", "max", "-smp", "2", "-m", `${MEMORY_MIB}`];
  args.push("-nodefaults", "-no-reboot", "-display", "none", "-serial", `file:${console}`, "-serial", `file:${tap}`);
  args.push("-kernel", image, "-initrd", initrd);
  // Freed and new objects are poisoned and fenced, so that a use after free or beyond the end is noticed.
  args.push("-append", "console=ttyS0 loglevel=5 panic=-1 oops=panic slub_debug=FZP rdinit=/init");
  const child = spawn("qemu-system-x86_64", args, { stdio: ["ignore", "inherit", "inherit"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), BOOT_MS_MAX);
  const passOn = (): boolean => child.kill("SIGKILL");
  process.once("exit", passOn);
  await new Promise((resolve) => child.once("close", resolve));
  clearTimeout(timer);
  process.off("exit", passOn);
  return { output: readFileSync(tap, "utf8"), console: readFileSync(console, "utf8") };
}
