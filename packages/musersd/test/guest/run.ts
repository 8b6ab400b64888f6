// SPDX-License-Identifier: MIT
/* Tests the kernel module, and the eBPF filter beside it, on the distribution's stock kernel in an emulated machine. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";
import { Initramfs } from "./initramfs.ts";
import { buildModules, findKernel } from "./kernel.ts";
import type { Kernel } from "./kernel.ts";
import { runGuest } from "./qemu.ts";

const PROGRAMS = ["qemu-system-x86_64", "busybox", "cpio"];
const MODULES = ["dummy", "veth", "tun", "8021q", "sch_ingress", "cls_bpf", "nf_tables"];
const PACKAGES = fileURLToPath(new URL("../../..", import.meta.url));
/** Programs of the guest. */
const ENTRIES = {
  main: "inside/main.ts",
  mutants: "inside/mutants.ts",
  agent: "inside/agent.ts",
  apart: "inside/apart.ts",
  powerless: "inside/powerless.ts",
  musersd: "../../src/main.ts",
};
const SMCROUTE = fileURLToPath(new URL("../../../../.cache/daemons/smcroute/usr/sbin/smcrouted", import.meta.url));
const PASSWD = "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n";
/** Each prints a TAP document. */
const SCRIPT = `insmod /mauth/msender.ko && insmod /mauth/probe.ko
node /mauth/test/main.mjs
node /mauth/test/mutants.mjs
`;
const CONSOLE_LINES_SHOWN = 60;

async function main(): Promise<number> {
  const kernel = findKernel();
  const missing = PROGRAMS.find((program) => !isThere(program));
  if (kernel === undefined || missing !== undefined) {
    console.log(
      `1..1\nok 1 - the module in a guest # SKIP ${missing ?? "a kernel to run"} is missing: sh scripts/setup test`,
    );
    return 0;
  }
  const directory = mkdtempSync(join(tmpdir(), "msender-guest-"));
  try {
    return await runIn(directory, kernel);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function runIn(directory: string, kernel: Kernel): Promise<number> {
  const built = buildModules(kernel, join(directory, "build"));
  const root = new Initramfs(join(directory, "root"));
  await bundle(ENTRIES, join(directory, "root/mauth/test"));
  root.write("init", readFileSync(new URL("inside/init", import.meta.url), "utf8"));
  root.add(built.filter, "mauth/msender.ko");
  root.add(built.probe, "mauth/probe.ko");
  for (const [index, mutant] of built.mutants.entries()) root.add(mutant, `mauth/mutant${index}.ko`);
  root.add(join(PACKAGES, "kernel-module/build/msender.bpf.o"), "mauth/msender.bpf.o");
  root.addProgram(join(PACKAGES, "musersd/build/native.node"), "mauth/build/native.node");
  root.addProgram(process.execPath, "bin/node");
  for (const program of ["busybox", "ip", "tc", "nsenter", "nft"]) root.addProgram(which(program));
  root.addProgram(SMCROUTE);
  root.write("etc/passwd", PASSWD);
  root.write("mauth/modules.order", root.addModules(kernel.root, kernel.release, MODULES).join("\n"));
  root.write("mauth/run", SCRIPT);
  root.pack(join(directory, "initrd"));
  const guest = await runGuest({ image: kernel.image, initrd: join(directory, "initrd"), directory });
  process.stdout.write(guest.output.replaceAll("\r", ""));
  if (guest.output.includes("# done after")) return /^not ok/m.test(guest.output) ? 1 : 0;
  console.log("not ok 1 - the guest ended by itself\n1..1");
  console.log(guest.console.split("\n").slice(-CONSOLE_LINES_SHOWN).join("\n").replace(/^/gm, "# "));
  return 1;
}

function which(program: string): string {
  return execFileSync("sh", ["-c", `PATH=$PATH:/sbin:/usr/sbin command -v "$1"`, "sh", program], {
    encoding: "utf8",
  }).trim();
}

function isThere(program: string): boolean {
  try {
    return which(program) !== "";
  } catch {
    return false;
  }
}

process.exitCode = await main();
