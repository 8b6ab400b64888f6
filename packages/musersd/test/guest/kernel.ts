// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("../../../..", import.meta.url));
const KERNEL_MODULE = join(PROJECT, "packages/kernel-module");
/** Where scripts/setup unpacks the distribution's kernel and its headers. */
const UNPACKED = join(PROJECT, ".cache/guest-kernel");

/** A kernel that is unpacked beside the project, not installed. */
export interface Kernel {
  readonly release: string;
  readonly image: string;
  /** Directory with lib/modules. */
  readonly root: string;
  /** Directory to build modules with. */
  readonly build: string;
}

/** Finds the kernel; undefined when scripts/setup could not unpack one. */
export function findKernel(): Kernel | undefined {
  const modules = join(UNPACKED, "lib/modules");
  const [release] = existsSync(modules) ? readdirSync(modules) : [];
  if (release === undefined) return undefined;
  const image = join(UNPACKED, `boot/vmlinuz-${release}`);
  const build = join(UNPACKED, `usr/src/linux-headers-${release}`);
  return existsSync(image) && existsSync(build) ? { release, image, root: UNPACKED, build } : undefined;
}

/** Builds the modules from a copy of the sources, as make would, and returns where they are. */
export function buildModules(kernel: Kernel, directory: string): { readonly filter: string; readonly probe: string } {
  mkdirSync(directory, { recursive: true });
  for (const folder of ["include", "lkm"])
    cpSync(join(KERNEL_MODULE, folder), join(directory, folder), { recursive: true });
  make(kernel, join(directory, "lkm"));
  make(kernel, join(directory, "lkm/test"));
  return { filter: join(directory, "lkm/msender.ko"), probe: join(directory, "lkm/test/probe.ko") };
}

/** Warnings are errors: W=1 says more of them than a kernel's own build. */
function make(kernel: Kernel, directory: string): void {
  const output = execFileSync(
    "make",
    ["-s", "-C", kernel.build, `M=${directory}`, "W=1", "KCFLAGS=-Werror", "modules"],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  if (/warning:/.test(output)) throw new Error(output);
}
