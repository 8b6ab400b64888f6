// SPDX-License-Identifier: MIT
import { ConsoleClient, type Entity } from "../../lab/console.ts";
import { Lab, SENTINEL_GROUP } from "../../lab/lab.ts";
import { ANNOUNCED } from "../../lab/services.ts";
import { ADDRESS } from "../../lab/topology.ts";
import { until } from "../../lab/until.ts";
import { uniqueId } from "./unique-id.ts";

/** ffmpeg announces every 5 s. */
const HEARD_MS = 20_000;

/** The whole system: a lab with musersd, mauthserver and the announcer, and the sentinels permitted. */
export async function startSystem(name: string, protocol: "v1" | "v2" = "v1"): Promise<Lab> {
  const lab = await Lab.create({ id: uniqueId(name), protocol });
  try {
    await lab.start("musersd");
    await lab.start("mauthserver");
    await lab.start("announcer");
    const console = await ConsoleClient.connect(lab.url);
    await console.permit(ADDRESS.permittedSentinel, SENTINEL_GROUP, 255);
    await console.permit(ADDRESS.rogueSentinel, SENTINEL_GROUP, 255);
    await console.close();
    return lab;
  } catch (error) {
    await lab.close();
    throw error;
  }
}

/** Waits until a console shows the session and returns it. */
export function sessionShown(console: ConsoleClient, title: string = ANNOUNCED.title): Promise<Entity> {
  const find = () => console.all("session").find((session) => session["title"] === title);
  const instead = () => `the sessions ${JSON.stringify(console.all("session").map((session) => session["title"]))}`;
  return until(find, { what: `"${title}" to be shown`, deadlineMs: HEARD_MS, instead });
}

/** What a console shows that must be the same after any restart: sessions, and who is permitted to what and in force. */
export function lastingState(console: ConsoleClient): unknown {
  const sessions = console.all("session").map(({ id, title, flows }) => ({ id, title, flows }));
  const grants = console.all("grant").map(({ id, maxTtl, permittedAt, enforcement }) => ({
    id,
    maxTtl,
    permittedAt,
    enforcement,
  }));
  const mrouters = console.all("mrouter").map(({ id, state }) => ({ id, state }));
  return { sessions: sessions.sort(byId), grants: grants.sort(byId), mrouters };
}

function byId(a: { id: unknown }, b: { id: unknown }): number {
  return String(a.id).localeCompare(String(b.id));
}

/** Tells whether every grant is in force in the kernel of every mrouter that it concerns, and every mrouter is online. */
export function allInForce(console: ConsoleClient): boolean {
  const enforcements = console.all("grant").map((grant) => grant["enforcement"] as Array<{ state: string }>);
  const isOnline = console.all("mrouter").every((mrouter) => mrouter["state"] === "online");
  return isOnline && enforcements.every((rows) => rows.length > 0 && rows.every(({ state }) => state === "enforced"));
}
