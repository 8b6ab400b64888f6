// SPDX-License-Identifier: MIT
import { type AnyCommand, batchesOf, leadingSessions } from "@mauth/protocol/api";

/** As mauthserver has them: what a row says comes before its list. */
const SECTIONS = ["mrouter", "grant", "session", "announcement", "ignored", "denied", "sender"] as const;
const texts = new WeakMap<AnyCommand["value"], Uint8Array>();
const utf8 = new TextEncoder();

/** A snapshot, or what a console has missed, in the frames of `?frames=batches`; the snapshot command is a frame of its own. */
export function* batched(
  commands: readonly AnyCommand[],
  textOf: (command: AnyCommand) => string,
): Generator<Uint8Array | string> {
  const [first, last] = [commands[0], commands.at(-1)];
  if (first === undefined || last === undefined) return;
  const frameOf = (command: AnyCommand): Uint8Array => {
    const frame = texts.get(command.value) ?? utf8.encode(textOf(command));
    texts.set(command.value, frame);
    return frame;
  };
  const isResumed = first.entity === "resumed";
  const sections = isResumed ? [{ entity: "resumed", section: commands.slice(0, -1) }] : sectionsOf(commands);
  for (const { entity, section } of sections)
    yield* batchesOf({ entity, total: section.length, frames: section.map(frameOf) }, last.rev);
  yield textOf(last);
}

function sectionsOf(commands: readonly AnyCommand[]): { entity: string; section: AnyCommand[] }[] {
  return SECTIONS.map((entity) => {
    const section = commands.filter((command) => command.entity === entity);
    return { entity, section: entity === "session" ? leadingFirst(section) : section };
  });
}

function leadingFirst(section: readonly AnyCommand[]): AnyCommand[] {
  const byId = new Map<string, AnyCommand>();
  for (const command of section) if (command.entity === "session") byId.set(command.value.id, command);
  const sessions = section.flatMap(({ entity, value }) => (entity === "session" && "title" in value ? value : []));
  const leading = leadingSessions(sessions).flatMap((id) => byId.get(id) ?? []);
  return [...new Set([...leading, ...section])];
}
