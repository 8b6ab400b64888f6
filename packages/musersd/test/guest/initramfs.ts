// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The root file system of a guest, as a directory that becomes an archive. */
export class Initramfs {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    for (const directory of ["bin", "sbin", "proc", "sys", "dev", "tmp", "run", "etc", "mauth", "var/run"])
      mkdirSync(join(root, directory), { recursive: true });
  }

  add(from: string, to: string): void {
    const target = join(this.#root, to);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(realpathSync(from), target);
  }

  write(to: string, text: string): void {
    const target = join(this.#root, to);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text, { mode: 0o755 });
  }

  /** Adds a program of the host, or a shared object, with the libraries that it needs. */
  addProgram(from: string, to = `bin/${basename(from)}`): void {
    this.add(from, to);
    for (const library of librariesOf(from)) if (!existsSync(join(this.#root, library))) this.add(library, library);
  }

  /** Adds kernel modules, each behind those that it needs, and returns their paths in that order. */
  addModules(root: string, release: string, names: readonly string[]): string[] {
    const directory = join(root, "lib/modules", release);
    if (!existsSync(join(directory, "modules.dep"))) execFileSync("busybox", ["depmod", "-b", root, release]);
    const paths = names.flatMap((name) => modulePaths(directory, name));
    const unique = [...new Set(paths)];
    for (const path of unique) this.add(join(directory, path), join("modules", path));
    return unique.map((path) => `/modules/${path}`);
  }

  /** Packs the directory as the kernel unpacks it (cpio, newc). */
  pack(archive: string): void {
    execFileSync("sh", ["-c", 'find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 >"$1"', "sh", archive], {
      cwd: this.#root,
    });
  }
}

function librariesOf(program: string): string[] {
  try {
    const output = execFileSync("ldd", [program], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return output.match(/\/[^ ]+(?= \(0x)/g) ?? [];
  } catch {
    // It is linked statically.
    return [];
  }
}

function modulePaths(directory: string, name: string): string[] {
  const lines = execFileSync("grep", [`/${name}\\.ko:`, "modules.dep"], { cwd: directory, encoding: "utf8" });
  const [first = "", needed = ""] = lines.trim().split(":");
  return [...needed.trim().split(" ").filter(Boolean).reverse(), first];
}
