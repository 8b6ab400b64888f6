// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildMutants } from "./mutants.ts";

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

/** Paths of modules. */
export interface Modules {
  readonly filter: string;
  readonly probe: string;
  /** The filter, broken in the ways of MUTANTS. */
  readonly mutants: readonly string[];
}

/** Builds the modules from a copy of the sources, as make would, and returns where they are. */
export function buildModules(kernel: Kernel, directory: string): Modules {
  mkdirSync(directory, { recursive: true });
  for (const folder of ["include", "lkm"])
    cpSync(join(KERNEL_MODULE, folder), join(directory, folder), { recursive: true });
  for (const folder of ["lkm", "lkm/test"]) {
    const warnings = make(kernel, join(directory, folder), checked(kernel));
    if (warnings !== "") throw new Error(`the module builds with warnings:\n${warnings}`);
  }
  const filter = join(directory, "msender.ko");
  copyFileSync(join(directory, "lkm/msender.ko"), filter);
  const mutants = buildMutants(join(directory, "lkm"), () => make(kernel, join(directory, "lkm"), ["W=1"]));
  return { filter, probe: join(directory, "lkm/test/probe.ko"), mutants };
}

/** W=1 says more than a kernel's own build, and sparse, its static checker, more again. */
function checked(kernel: Kernel): string[] {
  const sparse = join(kernel.root, "usr/bin/sparse");
  // What is shared with user space says 0 for NULL.
  return existsSync(sparse) ? ["W=1", "C=1", `CHECK=${sparse}`, "CF=-Wno-non-pointer-null"] : ["W=1"];
}

/** Returns what the compiler says of a directory of sources. */
function make(kernel: Kernel, directory: string, options: readonly string[]): string {
  const args = ["-s", "-j2", "-C", kernel.build, `M=${directory}`, ...options, "modules"];
  const { status, stderr } = spawnSync("make", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`make ${args.join(" ")}:\n${stderr}`);
  // It wants the kernel's own image for debugging information that nobody reads here.
  return stderr.replaceAll(/^Skipping BTF generation.*\n/gm, "");
}
