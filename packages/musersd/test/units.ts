// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import type { StdioOptions } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where a unit lies. */
export function unitPath(name: string): string {
  return fileURLToPath(new URL(`../systemd/${name}`, import.meta.url));
}

/** The values of a key, in order. */
export function valuesOf(name: string, key: string): string[] {
  const lines = readFileSync(unitPath(name), "utf8").split("\n");
  return lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
}

/** The system calls that a unit allows (systemd.exec(5), SystemCallFilter): the first line lists them, later ones add or, behind ~, take away. */
export function allowedCalls(name: string): Set<string> {
  const groups = callGroups();
  const expand = (word: string): string[] =>
    word.startsWith("@") ? (groups.get(word) ?? []).flatMap((one) => expand(one)) : [word];
  const allowed = new Set(expand("@default"));
  for (const value of valuesOf(name, "SystemCallFilter")) {
    const calls = value.replace(/^~/, "").split(" ").flatMap(expand);
    for (const call of calls)
      if (value.startsWith("~")) allowed.delete(call);
      else allowed.add(call);
  }
  return allowed;
}

/** The groups of this machine's systemd: group, and its members, which may be groups. */
function callGroups(): Map<string, string[]> {
  // It also says that it cannot see which system calls the kernel has beyond those that it knows.
  const stdio: StdioOptions = ["ignore", "pipe", "ignore"];
  const listing = execFileSync("systemd-analyze", ["syscall-filter"], { encoding: "utf8", stdio });
  const groups = new Map<string, string[]>();
  let members: string[] = [];
  for (const line of listing.split("\n")) {
    if (line.startsWith("@")) groups.set(line.trim(), (members = []));
    else if (/^\s+[@\w]/.test(line)) members.push(line.trim());
  }
  return groups;
}

/** The system calls in the output of strace -f -o FILE. */
export function tracedCalls(path: string): Set<string> {
  const text = readFileSync(path, "utf8");
  return new Set(Array.from(text.matchAll(/^\d+ +(\w+)\(/gm), ([, name = ""]) => name));
}
