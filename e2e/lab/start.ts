// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { ConsoleClient } from "./console.ts";
import { closeAll, isInterrupted } from "./interrupt.ts";
import { Lab } from "./lab.ts";
import { LabError } from "./record.ts";
import { CommandError, run } from "./run.ts";
import { ANNOUNCED, BIN } from "./services.ts";
import { ADDRESS } from "./topology.ts";
import { DeadlineError, until } from "./until.ts";
import { watch } from "./watch.ts";

const DEFAULT_PORT = 8080;
const PROJECT = join(import.meta.dirname, "../..");
/** A group that nobody announces. */
const STRAY_GROUP = "233.252.0.66";
/** ffmpeg announces every 5 s. */
const HEARD_MS = 30_000;

/** Builds the console, starts the whole system in a lab, and says what to do with it. */
async function main(): Promise<void> {
  const consolePort = portFromEnvironment();
  const lab = await Lab.create({ id: idFor(consolePort), consolePort });
  await run(join(BIN, "vite"), ["build", join(PROJECT, "packages/mauthclient")]);
  await lab.start("musersd");
  await lab.start("mauthserver");
  await lab.start("announcer");
  lab.send("rogue", { group: ANNOUNCED.group, packetsPerSecond: 20 });
  lab.send("rogue", { group: STRAY_GROUP, packetsPerSecond: 5 });
  await sessionHeard(lab.url);
  process.stdout.write(introduction(lab.url));
  await watch(await lab.receive([ANNOUNCED.group, STRAY_GROUP], { port: ANNOUNCED.port }));
}

function portFromEnvironment(): number {
  const text = process.env["MAUTH_PORT"] ?? String(DEFAULT_PORT);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new LabError(`MAUTH_PORT is "${text}"; it must be 1 to 65535`);
  return port;
}

/** Another port is another lab, so that two checkouts can run side by side. */
function idFor(port: number): string {
  return port === DEFAULT_PORT ? "start" : `start${port}`;
}

/** Says what went wrong, in one sentence where that is known, and leaves nothing behind. */
async function fail(error: unknown): Promise<never> {
  if (isInterrupted()) return new Promise<never>(() => undefined); // The signal's own handler ends the process.
  const isSentence = error instanceof LabError || error instanceof CommandError || error instanceof DeadlineError;
  console.error(isSentence ? `start: ${error.message}` : error);
  await closeAll();
  return process.exit(1);
}

async function sessionHeard(url: string): Promise<void> {
  const client = await ConsoleClient.connect(url);
  const heard = () => client.all("session").some((session) => session["title"] === ANNOUNCED.title);
  await until(heard, { what: `"${ANNOUNCED.title}" to be heard`, deadlineMs: HEARD_MS });
  await client.close();
}

function introduction(url: string): string {
  return `
mauth is running in a network of its own, with real packets:

  permitted  ${ADDRESS.permitted}     ffmpeg announces "${ANNOUNCED.title}" and streams to ${ANNOUNCED.group}
  rogue      ${ADDRESS.rogue}     sends to the same group and to ${STRAY_GROUP}
  mrouter    ${ADDRESS.mrouter}      smcrouted routes multicast; musersd's kernel filter refuses what is not permitted
  receiver   ${ADDRESS.receiver}  has joined both groups
  service    ${ADDRESS.service}      mauthserver hears the announcements and serves the console

Open ${url}, choose "${ANNOUNCED.title}" and press Permit: the line below changes.
No account exists, so everybody on this machine may decide: the banner at ${url} makes the first account.
Ctrl-C stops everything and leaves nothing behind.

`;
}

process.on("uncaughtException", (error) => void fail(error));
process.on("SIGINT", () => process.stdout.write("\nstopping\n"));
await main().catch(fail);
