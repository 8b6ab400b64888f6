// SPDX-License-Identifier: MIT
import type { Announcement, AnnouncementRequest } from "@mauth/protocol/api";
import { originOf, sdpOf } from "../sap/announcer.ts";
import type { AnnouncementRecord } from "../sap/announcer.ts";
import type { AnnouncementInterval } from "../sap/schedule.ts";
import { sessionId } from "../sessions/identity.ts";
import { codecOf } from "./template.ts";

/** The body of a row of the store: what is shown, and what the announcer goes on with after a restart. */
export interface StoredAnnouncement {
  readonly announcement: Announcement;
  readonly record: AnnouncementRecord;
}

/** Instants of an announcement, in ms since the Unix epoch. */
export interface Instants {
  readonly createdAt: number;
  readonly changedAt: number;
}

/** The zone in which a group is chosen, which is of no use where the group is given. */
const ZONE_OF_NONE = "239.255.0.0/16";

/** What is stored of a request that became a record. */
export function storedOf(
  request: AnnouncementRequest,
  group: string,
  record: AnnouncementRecord,
  instants: Instants,
): StoredAnnouncement {
  const { id, sessId, sessVersion, messageIdHash, originatingSource, sapGroups } = record;
  const { title, info, purpose, port, ttl, sources, referenceClock, attributes, interval, lineEnd, endsAt } = request;
  const origin = originOf(record);
  const claim = { source: originatingSource, originatingSource, messageIdHash, authenticated: false, origin };
  const announcement: Announcement = {
    id,
    session: sessionId(claim),
    title,
    ...(info !== undefined && { info }),
    purpose,
    group,
    port,
    ttl,
    sources,
    codec: codecOf(request),
    ...(referenceClock !== undefined && { referenceClock }),
    attributes,
    interval,
    lineEnd,
    sapGroups: [...sapGroups],
    originatingSource,
    sessId,
    sessVersion,
    messageIdHash,
    ...instants,
    ...(endsAt !== undefined && { endsAt }),
    sdp: sdpOf(record),
  };
  return { announcement, record };
}

/** What would be asked for to announce the same again. */
export function requestOf(announcement: Announcement): AnnouncementRequest {
  const { title, info, purpose, group, port, ttl, sources, codec, referenceClock } = announcement;
  const { attributes, interval, lineEnd, sapGroups, endsAt } = announcement;
  return {
    title,
    purpose,
    group,
    zone: ZONE_OF_NONE,
    port,
    ttl,
    sources,
    codec,
    attributes,
    interval,
    lineEnd,
    sapGroups,
    ...(info !== undefined && { info }),
    ...(referenceClock !== undefined && { referenceClock }),
    ...(endsAt !== undefined && { endsAt }),
  };
}

/** The interval in the announcer's units. */
export function intervalOf(interval: AnnouncementRequest["interval"]): AnnouncementInterval {
  return interval.mode === "rfc" ? interval : { mode: "fixed", intervalMs: interval.seconds * 1000 };
}
