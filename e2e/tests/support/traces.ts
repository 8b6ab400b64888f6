// SPDX-License-Identifier: MIT
import { readFileSync, readdirSync } from "node:fs";
import { run } from "../../lab/run.ts";

/** What a lab has left on the host: namespaces, mounts, files. */
export async function traces(id: string): Promise<string[]> {
  const namespaces = (await run("ip", ["netns", "list"])).split("\n").filter((name) => name.startsWith(`mauth-${id}-`));
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  const directories = readdirSync("/run/mauth-lab").filter((name) => name.includes(id));
  return [...namespaces, ...mounts.filter((line) => line.includes(`/run/mauth-lab/${id}/`)), ...directories];
}
