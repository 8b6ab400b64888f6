// SPDX-License-Identifier: MIT
import type { Origin } from "@mauth/protocol/api";
import type { SourceFilter } from "./source-filter.ts";
import type { TimeActive } from "./times.ts";

/** m= sections of one description. */
export const MEDIA_MAX = 64;
/** Groups that the media of one description may add up to; beyond it c= lines are left out with a note. */
export const GROUPS_MAX = 1024;
/** c= lines and source filters that count in one section. */
export const SECTION_LINES_MAX = 64;

/** An m= section with the session-level defaults applied (RFC 8866 §5.14). */
export interface MediaDescription {
  readonly type: string;
  readonly port: number;
  readonly portCount: number;
  readonly proto: string;
  readonly formats: readonly string[];
  /** Multicast destinations, ranges expanded, each once. */
  readonly groups: readonly string[];
  /** Hops of the first group that states them. */
  readonly ttl: number | null;
  readonly sources: readonly string[];
  readonly sourcesExcluded: readonly string[];
  /** Unicast addresses and host names of c= lines. */
  readonly unicast: readonly string[];
  readonly hosts: readonly string[];
  /** i=, empty when absent. */
  readonly title: string;
  /** a=rtpmap of the first format, else the name of its static payload type, else the format. */
  readonly codec: string;
  readonly bandwidthKbps: number | null;
  /** a=ts-refclk and a=mediaclk (RFC 7273), as written. */
  readonly referenceClock: string | null;
  readonly mediaClock: string | null;
  /** The filters in force, to find the sources of one group. */
  readonly filters: readonly SourceFilter[];
}

/** A session description (RFC 8866). */
export interface SessionDescription {
  readonly title: string;
  readonly info: string | null;
  readonly origin: Origin;
  readonly tool: string | null;
  readonly times: readonly TimeActive[];
  /** Unix second of the announced end, null when unbounded. */
  readonly endUnixS: number | null;
  readonly media: readonly MediaDescription[];
  /** Any media has a group. */
  readonly multicast: boolean;
  /** What was odd but tolerated. */
  readonly notes: readonly string[];
  /** As received, decoded. */
  readonly text: string;
}
