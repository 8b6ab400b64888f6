// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { Account, Token } from "./account.ts";
import { Announcement } from "./announcement.ts";
import { AuditEntry } from "./audit.ts";
import { Denied, Grant, Mrouter, Resumed, SenderStats, Snapshot } from "./entities.ts";
import { Ignored } from "./ignored.ts";
import { Session } from "./session.ts";
import { SettingsValue } from "./settings.ts";

/** Identifies a removed entity. */
const Removed = z.object({ id: z.string() });

function add<const Entity extends string, Value extends z.core.$ZodType>(entity: Entity, value: Value) {
  return z.object({ rev: z.int(), type: z.literal("add"), entity: z.literal(entity), value });
}

function remove<const Entity extends string>(entity: Entity) {
  return z.object({ rev: z.int(), type: z.literal("remove"), entity: z.literal(entity), value: Removed });
}

/**
 * One text frame of the push feed (paper: `Command<type, Session>`). A changed entity is an `add` again. `rev` is the
 * revision of the store after the change; counters and other passing state carry the revision they were read at.
 */
export const AnyCommand = z.union([
  add("session", Session),
  remove("session"),
  add("announcement", Announcement),
  remove("announcement"),
  add("grant", Grant),
  remove("grant"),
  add("mrouter", Mrouter),
  remove("mrouter"),
  add("denied", Denied),
  remove("denied"),
  add("sender", SenderStats),
  remove("sender"),
  add("ignored", Ignored),
  remove("ignored"),
  add("setting", SettingsValue),
  add("audit", AuditEntry),
  add("account", Account),
  remove("account"),
  add("token", Token),
  remove("token"),
  add("resumed", Resumed),
  add("snapshot", Snapshot),
]);
export type AnyCommand = z.infer<typeof AnyCommand>;

/** The shape of every command. */
export interface Command<Type extends "add" | "remove", Entity> {
  readonly rev: number;
  readonly type: Type;
  readonly entity: string;
  readonly value: Type extends "add" ? Entity : { readonly id: string };
}
