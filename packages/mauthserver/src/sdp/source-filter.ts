// SPDX-License-Identifier: MIT
import { parseAddress } from "./address.ts";

/** Sources that one source filter may name. */
export const FILTER_SOURCES_MAX = 64;

/** An a=source-filter (RFC 4570 §3). */
export interface SourceFilter {
  readonly mode: "incl" | "excl";
  /** A group, a host name, or "*" for every destination. */
  readonly destination: string;
  readonly sources: readonly string[];
}

/** Parses the value after "source-filter:"; returns undefined when malformed. */
export function parseSourceFilter(value: string): SourceFilter | undefined {
  const [mode, netType, addrType, destination, ...sources] = value.trim().split(/\s+/, FILTER_SOURCES_MAX + 4);
  if (mode !== "incl" && mode !== "excl") return undefined;
  if (netType === undefined || addrType === undefined || destination === undefined) return undefined;
  const [base = ""] = destination.split("/"); // Some write the TTL there as in c=.
  const named = sources.map((source) => parseAddress(source).text);
  return { mode, destination: parseAddress(base).text, sources: [...new Set(named)] };
}

/** The sources of the filters of one mode that cover one of the destinations, each once. */
export function filteredSources(
  filters: readonly SourceFilter[],
  mode: SourceFilter["mode"],
  destinations: readonly string[],
): string[] {
  const covering = filters.filter(
    (filter) => filter.mode === mode && (filter.destination === "*" || destinations.includes(filter.destination)),
  );
  return [...new Set(covering.flatMap((filter) => filter.sources))].slice(0, FILTER_SOURCES_MAX);
}
