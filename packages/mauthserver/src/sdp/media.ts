// SPDX-License-Identifier: MIT
import type { Address, Connection } from "./address.ts";
import { codecOf } from "./codec.ts";
import { GROUPS_MAX, MEDIA_MAX } from "./description.ts";
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
  const media = drafts.slice(0, MEDIA_MAX).map((draft) => {
    const connections = draft.connections.length > 0 ? draft.connections : session.connections;
    const destinations = destinationsOf(connections, groupsLeft);
    if (destinations.cut) notes.push(`more than ${GROUPS_MAX} groups: the rest is left out`);
    groupsLeft -= destinations.groups.length;
    return describeMedia(draft, session, destinations, drafts.length === 1);
  });
  if (drafts.length > MEDIA_MAX) notes.push(`more than ${MEDIA_MAX} media: the rest is left out`);
  return { media, notes };
}

interface Destinations {
  readonly groups: readonly string[];
  readonly unicast: readonly string[];
  readonly hosts: readonly string[];
  readonly ttl: number | null;
  readonly cut: boolean;
}

function destinationsOf(connections: readonly Connection[], groupsMax: number): Destinations {
  const addresses = connections.flatMap((connection) => connection.addresses);
  const groups = [...new Set(textsOf(addresses.filter((address) => address.multicast)))];
  return {
    groups: groups.slice(0, groupsMax),
    unicast: textsOf(addresses.filter((address) => !address.multicast && address.family !== "host")),
    hosts: textsOf(addresses.filter((address) => address.family === "host")),
    ttl: connections.find((connection) => connection.ttl !== null)?.ttl ?? null,
    cut: groups.length > groupsMax,
  };
}

function textsOf(addresses: readonly Address[]): string[] {
  return addresses.map((address) => address.text);
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
