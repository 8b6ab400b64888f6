// SPDX-License-Identifier: MIT
import { AnnouncementRequest } from "@mauth/protocol/api";
import type { World } from "./world.ts";

/** The title of the session that has more of everything than fits. */
export const PACKED_TITLE = "Packed";

/** More rows than fit in every list that a dialog, a card or an office page has. */
export function pack(world: World, rows: number): void {
  packSession(world, rows);
  for (const mrouter of world.entities.mrouter.values()) {
    const more = Array.from({ length: rows }, (_, at) => ({ name: `vlan${100 + at}`, attached: at % 2 === 0 }));
    const interfaces = [...mrouter.interfaces.map((one) => ({ ...one, monitored: true })), ...more];
    world.put("mrouter", { ...mrouter, interfaces, trouble: "the filter could not be attached. ".repeat(6).trim() });
  }
  for (let at = 0; at < rows; at++) {
    world.office.addAccount({ name: `person.${at}.with-a-rather-long-name`.slice(0, 32), role: "approver" });
    world.office.addToken({ name: `automation number ${at}, ${"w".repeat(40)}`, role: "operator" });
    const title = `Announcement ${at} ${"title".repeat(12)}`;
    world.announce(AnnouncementRequest.parse({ title, purpose: "audio" }), `a${at}`);
  }
}

/** The first session gets a medium, a flow and a warning for each row. */
function packSession(world: World, rows: number): void {
  const session = world.entities.session.values().next().value;
  const [first] = session?.media ?? [];
  const [flow] = session?.flows ?? [];
  if (session === undefined || first === undefined || flow === undefined) return;
  const groups = Array.from({ length: rows }, (_, at) => `233.252.0.${at + 1}`);
  world.put("session", {
    ...session,
    title: PACKED_TITLE,
    media: groups.map((group) => ({ ...first, groups: [group] })),
    flows: groups.map((group) => ({ ...flow, group })),
    conflicts: groups.map((group) => ({ kind: "silent" as const, source: flow.source, group })),
    sdp: session.sdp + groups.map((group) => `c=IN IP4 ${group}/15\r\n`).join(""),
  });
}
