// SPDX-License-Identifier: MIT
import { REFUSALS } from "../sap/refusal.ts";
import type { Refusal } from "../sap/refusal.ts";
import type { MediaDescription, SessionDescription } from "../sdp/description.ts";

/** What a line of `mauthserver inspect` says of a description. */
export function describedReport(description: SessionDescription): object {
  const { title, info, origin, tool, times, endUnixS, media, multicast, notes } = description;
  return { title, info, origin, tool, times, endUnix: endUnixS, media: media.map(mediaReport), multicast, notes };
}

function mediaReport(media: MediaDescription): object {
  const { type, port, portCount, proto, groups, ttl, sources } = media;
  return {
    type,
    port,
    portCount,
    proto,
    fmts: media.formats,
    groups,
    ttl,
    sources,
    ...filled("sourcesExcluded", media.sourcesExcluded),
    ...filled("unicast", media.unicast),
    ...filled("hosts", media.hosts),
    ...(media.title === "" ? {} : { title: media.title }),
    ...(media.codec === "" ? {} : { codec: media.codec }),
    ...(media.bandwidthKbps === null ? {} : { bandwidthKbps: media.bandwidthKbps }),
    ...(media.referenceClock === null ? {} : { referenceClock: media.referenceClock }),
    ...(media.mediaClock === null ? {} : { mediaClock: media.mediaClock }),
  };
}

function filled(key: string, values: readonly string[]): object {
  return values.length === 0 ? {} : { [key]: values };
}

/** The verdict on what was refused. */
export function rejection(reason: Refusal): object {
  return { verdict: "reject", reason: REFUSALS[reason] };
}
