// SPDX-License-Identifier: MIT
import { closeAll } from "../lab/interrupt.ts";
import { frr } from "./frr.ts";
import { Network } from "./network.ts";
import { pimd } from "./pimd.ts";
import { BOUNDARY, FORWARD_HOOK, NOTHING, type Protection, mauth } from "./protection.ts";
import type { RoutingDaemon } from "./routing-daemon.ts";
import { smcroute } from "./smcroute.ts";
import { type Place, type Seen, groupOf, tryForgedRegisters, tryGroup, tryRogue } from "./trial.ts";

/* `node e2e/daemons/table.ts` prints the table of docs/daemons.md: the trials of daemons.test.ts, counted. */

const HEAD = ["routing daemon", "in force", "arrived", "Registers", "cache entry", "daemon's state", "permitted lost"];

function places(routers: readonly string[]): string {
  return routers.length === 0 ? "none" : routers.join(", ");
}

function row(daemon: string, name: string, seen: Seen, permitted: string): string[] {
  const arrived = `${seen.arrived} of ${seen.sent}`;
  return [daemon, name, arrived, String(seen.registers), places(seen.cached), places(seen.known), permitted];
}

async function tryProtection(place: Place, protection: Protection, group: string): Promise<string[]> {
  await protection.start(place, group);
  if (protection === BOUNDARY) return row(place.daemon.name, protection.name, await tryRogue(place, group), "");
  const { permitted, rogue } = await tryGroup(place, group);
  return row(place.daemon.name, protection.name, rogue, String(permitted.missing));
}

async function rowsOf(daemon: RoutingDaemon, protections: readonly Protection[]): Promise<string[][]> {
  const network = await Network.create(`table${process.pid}`);
  const place = { network, daemon };
  await daemon.start(network);
  const rows: string[][] = [];
  let groups = 0;
  for (const protection of protections) {
    rows.push(await tryProtection(place, protection, groupOf(daemon.family, ++groups)));
    if (daemon.family === "ipv4" && (protection === NOTHING || protection.name === "mauth")) {
      const forged = await tryForgedRegisters(place, groupOf(daemon.family, ++groups));
      rows.push(row(daemon.name, `${protection.name}; Registers forged by a host`, forged, ""));
    }
    await protection.stop(place);
  }
  await network.close();
  return rows;
}

try {
  const rows = [
    ...(await rowsOf(smcroute("ipv4"), [NOTHING, FORWARD_HOOK, mauth()])),
    ...(await rowsOf(smcroute("ipv6"), [NOTHING, mauth()])),
    ...(await rowsOf(pimd(), [NOTHING, FORWARD_HOOK, mauth()])),
    ...(await rowsOf(frr(), [NOTHING, FORWARD_HOOK, BOUNDARY, mauth()])),
  ];
  for (const cells of [HEAD, HEAD.map(() => "---"), ...rows]) console.log(`| ${cells.join(" | ")} |`);
} finally {
  await closeAll();
}
