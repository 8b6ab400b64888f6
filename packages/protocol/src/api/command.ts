// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { Account, Token } from "./account.ts";
import { Announcement } from "./announcement.ts";
import { AuditEntry } from "./audit.ts";
import { Denied, Grant, Mrouter, Progress, Resumed, SenderStats, Snapshot } from "./entities.ts";
import { Ignored } from "./ignored.ts";
import { Session } from "./session.ts";
import { SettingsValue } from "./settings.ts";

/** Identifies a removed entity. */
const Removed = z.object({ id: z.string() });

function add<const Entity extends string, Value extends z.core.$ZodType>(entity: Entity, value: Value) {
  return z.object({ rev: z.int(), type: z.literal("add"), entity: z.literal(entity), value });
}

function addOrRemove<const Entity extends string, Value extends z.core.$ZodType>(entity: Entity, value: Value) {
  const remove = z.object({ rev: z.int(), type: z.literal("remove"), entity: z.literal(entity), value: Removed });
  return z.discriminatedUnion("type", [add(entity, value), remove]);
}

/**
 * One command of the push feed, a text frame (paper: `Command<type, Session>`). A changed entity is an `add` again. `rev` is the
 * revision of the store after the change; counters and other passing state carry the revision they were read at.
 * A client that asks with `?frames=batches` may get several in one frame, as a JSON array.
 * Discriminated, because a snapshot has tens of thousands of frames and none should be tried with the schema of another entity.
 */
export const AnyCommand = z.discriminatedUnion("entity", [
  addOrRemove("session", Session),
  addOrRemove("announcement", Announcement),
  addOrRemove("grant", Grant),
  addOrRemove("mrouter", Mrouter),
  addOrRemove("denied", Denied),
  addOrRemove("sender", SenderStats),
  addOrRemove("ignored", Ignored),
  addOrRemove("account", Account),
  addOrRemove("token", Token),
  add("setting", SettingsValue),
  add("audit", AuditEntry),
  add("resumed", Resumed),
  add("progress", Progress),
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
