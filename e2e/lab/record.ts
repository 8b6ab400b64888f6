// SPDX-License-Identifier: MIT
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { closeOnInterrupt, type Closable } from "./interrupt.ts";
import { run } from "./run.ts";
import { CHAOS_HOSTS, HOSTS, PIM_ROUTERS } from "./topology.ts";
import { until } from "./until.ts";

/** Everything that a lab keeps outside of its namespaces is below ROOT/ID. */
const ROOT = "/run/mauth-lab";
/** Identifiers have no "-", so that the prefix of one lab's namespaces is never a prefix of another's. */
const ID = /^[a-z0-9]{1,32}$/;

/** Only these are ours to remove. */
const NAMESPACE = new RegExp(`^mauth-[a-z0-9]{1,32}-(?:${[...HOSTS, ...PIM_ROUTERS, ...CHAOS_HOSTS].join("|")})$`);

/** Thrown when a lab cannot be made. The message is one sentence for a person. */
export class LabError extends Error {
  readonly code = "LAB";
}

/** The directory of a lab. */
export function directoryOf(id: string): string {
  return `${ROOT}/${id}`;
}

/** Takes an identifier for this process, first cleaning up what crashed labs left. Fails when a living process has it. */
async function takeId(id: string): Promise<void> {
  if (!ID.test(id)) throw new LabError(`"${id}" cannot name a lab: only lower-case letters and digits can`);
  await cleanUpCrashed();
  const draft = `${ROOT}/.${id}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  await writeFile(`${draft}/owner`, `${process.pid} ${await startTimeOf(process.pid)}\n`);
  try {
    await rename(draft, directoryOf(id)); // Atomic, and fails when the directory exists: no two owners.
  } catch (error) {
    await rm(draft, { recursive: true });
    const owner = await readFile(`${directoryOf(id)}/owner`, "utf8").catch(() => "unknown");
    throw new LabError(`the lab "${id}" is already running, started by process ${owner.split(" ")[0]}`, {
      cause: error,
    });
  }
}

/** Makes what is to be built in namespaces, and builds it: when that fails, or a signal ends this process, it is closed again. */
export async function lay<Made extends Closable>(
  id: string,
  make: () => Made,
  build: (made: Made) => Promise<void>,
): Promise<Made> {
  await takeId(id);
  const made = make();
  closeOnInterrupt(made);
  try {
    await build(made);
  } catch (error) {
    await made.close();
    throw error;
  }
  return made;
}

/** Removes a lab: its processes, mounts, namespaces and files. Doing it again does nothing. */
export async function cleanUp(id: string): Promise<void> {
  const namespaces = (await labNamespaces()).filter((namespace) => namespace.startsWith(`mauth-${id}-`));
  await Promise.all(namespaces.map(removeNamespace));
  await unmountBelow(directoryOf(id));
  await rm(directoryOf(id), { recursive: true, force: true });
}

/** Kills what runs in a namespace and removes it. Its interfaces, and with them the filter's attachment, go along. */
export async function removeNamespace(namespace: string): Promise<void> {
  await until(async () => (await killIn(namespace)) === 0, { what: `the processes in ${namespace} to end` });
  await run("ip", ["netns", "delete", namespace]);
}

/** Unmounts every file system at or below a directory (musersd mounts a bpffs in its state directory). */
export async function unmountBelow(directory: string): Promise<void> {
  const mounts = await readFile("/proc/self/mounts", "utf8");
  const points = mounts.split("\n").map((line) => line.split(" ")[1] ?? "");
  const below = points.filter((point) => point === directory || point.startsWith(`${directory}/`));
  for (const point of below.reverse()) await run("umount", [point]);
}

async function cleanUpCrashed(): Promise<void> {
  const names = await readdir(ROOT).catch(() => []);
  const recorded = names.filter((name) => ID.test(name));
  const named = (await labNamespaces()).map((namespace) => namespace.split("-")[1] ?? "");
  for (const id of new Set([...recorded, ...named])) {
    if (await ownerLives(id)) continue;
    // Two labs that start at once may clean up the same one; who comes second finds something gone and looks again.
    const done = () =>
      cleanUp(id).then(
        () => true,
        () => false,
      );
    await until(done, { what: `the crashed lab "${id}" to be cleaned up` });
  }
}

async function labNamespaces(): Promise<string[]> {
  const list = await run("ip", ["netns", "list"]);
  const names = list.split("\n").map((line) => line.split(" ")[0] ?? "");
  return names.filter((name) => NAMESPACE.test(name));
}

async function killIn(namespace: string): Promise<number> {
  const pids = (await run("ip", ["netns", "pids", namespace])).split("\n").filter(Boolean).map(Number);
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended between the two looks, which is what was wanted.
    }
  }
  return pids.length;
}

async function ownerLives(id: string): Promise<boolean> {
  const owner = await readFile(`${directoryOf(id)}/owner`, "utf8").catch(() => undefined);
  if (owner === undefined) return false;
  const [pid, startTime] = owner.trim().split(" ");
  return (await startTimeOf(Number(pid))) === startTime;
}

/** Reads when a process started (clock ticks since boot), which tells it from a later one with the same id; undefined when it is gone. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}
