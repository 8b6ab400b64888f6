// SPDX-License-Identifier: MIT
import { expand } from "./address.ts";
import type { Connection } from "./address.ts";
import { codecOf } from "./codec.ts";
import { GROUPS_MAX } from "./description.ts";
import type { MediaDescription } from "./description.ts";
import { filteredSources } from "./source-filter.ts";
import type { SourceFilter } from "./source-filter.ts";
import { cleanText } from "./text.ts";

/** The value of an m= line (RFC 8866 §5.14). */
export interface MediaLine {
  readonly type: string;
  readonly port: number;
  readonly portCount: number;
  readonly proto: string;
  readonly formats: readonly string[];
}

/** Lines that may stand at session level or in a media. */
export interface Section {
  readonly connections: Connection[];
  readonly filters: SourceFilter[];
  readonly rtpmaps: Map<string, string>;
  info?: string;
  tool?: string;
  bandwidthKbps?: number;
  referenceClock?: string;
  mediaClock?: string;
}

const FORMATS_MAX = 64;

/** Parses the value of an m= line; formats may be missing, a type and a port may not. Returns a note when malformed. */
export function parseMediaLine(value: string): MediaLine | string {
  const [type, ports, proto, ...formats] = value.trim().split(/\s+/, FORMATS_MAX + 3);
  const match = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(ports ?? "");
  if (type === undefined || !match || Number(match[1]) > 65_535) return `m=${value}: no valid port`;
  const portCount = Math.max(1, Number(match[2] ?? 1));
  return { type: cleanText(type), port: Number(match[1]), portCount, proto: proto ?? "", formats };
}

/** Applies the session-level defaults: a media's own c= lines, and its own source filters, replace the session's. */
export function resolveMedia(
  session: Section,
  drafts: readonly (Section & { readonly line: MediaLine })[],
): { media: MediaDescription[]; notes: string[] } {
  const notes: string[] = [];
  let groupsLeft = GROUPS_MAX;
  const media = drafts.map((draft) => {
    const connections = draft.connections.length > 0 ? draft.connections : session.connections;
    const destinations = destinationsOf(connections, groupsLeft);
    if (destinations.cut) notes.push(`more than ${GROUPS_MAX} groups: the rest is left out`);
    groupsLeft -= destinations.expanded;
    return describeMedia(draft, session, destinations, drafts.length === 1);
  });
  return { media, notes };
}

interface Destinations {
  readonly groups: readonly string[];
  readonly unicast: readonly string[];
  readonly hosts: readonly string[];
  readonly ttl: number | null;
  /** Addresses written out, duplicates included: what the work is bounded by. */
  readonly expanded: number;
  readonly cut: boolean;
}

function destinationsOf(connections: readonly Connection[], groupsMax: number): Destinations {
  const groups: string[] = [];
  for (const connection of connections.filter(({ base }) => base.multicast))
    groups.push(...expand(connection, groupsMax - groups.length));
  const wanted = connections.reduce((sum, { base, count }) => sum + (base.multicast ? count : 0), 0);
  const others = connections.map(({ base }) => base).filter((base) => !base.multicast);
  return {
    groups: [...new Set(groups)],
    unicast: others.filter((base) => base.family !== "host").map((base) => base.text),
    hosts: others.filter((base) => base.family === "host").map((base) => base.text),
    ttl: connections.find((connection) => connection.ttl !== null)?.ttl ?? null,
    expanded: groups.length,
    cut: wanted > groupsMax,
  };
}

function describeMedia(
  draft: Section & { readonly line: MediaLine },
  session: Section,
  destinations: Destinations,
  alone: boolean,
): MediaDescription {
  const filters = draft.filters.length > 0 ? draft.filters : session.filters;
  const named = [...destinations.groups, ...destinations.hosts];
  const [format] = draft.line.formats;
  // b= of a session is the sum over its media, so it says something about a media only when that is alone.
  const bandwidthKbps = draft.bandwidthKbps ?? (alone ? session.bandwidthKbps : undefined);
  return {
    ...draft.line,
    groups: destinations.groups,
    ttl: destinations.ttl,
    sources: filteredSources(filters, "incl", named),
    sourcesExcluded: filteredSources(filters, "excl", named),
    unicast: destinations.unicast,
    hosts: destinations.hosts,
    title: cleanText(draft.info ?? ""),
    codec: codecOf(format, draft.rtpmaps.get(format ?? "")),
    bandwidthKbps: bandwidthKbps ?? null,
    referenceClock: draft.referenceClock ?? session.referenceClock ?? null,
    mediaClock: draft.mediaClock ?? session.mediaClock ?? null,
    filters,
  };
}
