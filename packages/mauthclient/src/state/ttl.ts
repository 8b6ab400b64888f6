// SPDX-License-Identifier: MIT
import { scopeOfTtl } from "@mauth/protocol/api";
import { texts } from "../texts/texts.ts";

/** What is known about the TTLs of a sender that may be permitted. */
export interface TtlFacts {
  readonly statedTtl?: number | null | undefined;
  readonly seenTtl?: number | undefined;
  readonly grantedTtl?: number | undefined;
}

/** Where neither the session nor a packet tells: far enough for a site, no further. */
export const DEFAULT_MAX_TTL = 31;

/** The TTL in force, else what the session states, else what was seen; never 0, which cannot be permitted. */
export function defaultTtl(facts: TtlFacts): number {
  return Math.max(1, facts.grantedTtl ?? facts.statedTtl ?? facts.seenTtl ?? DEFAULT_MAX_TTL);
}

/** What to say beside the maximum TTL that somebody is about to choose. */
export interface TtlNote {
  readonly text: string;
  readonly isWarning: boolean;
  /** The TTL that would let the packets through. */
  readonly useTtl?: number;
}

export function ttlNote(facts: TtlFacts, ttl: number | null): TtlNote {
  const { seenTtl, statedTtl, grantedTtl } = facts;
  if (ttl !== null && seenTtl !== undefined && seenTtl > ttl) {
    return { text: texts.ttl.tooLow(seenTtl), isWarning: true, useTtl: seenTtl };
  }
  if (grantedTtl !== undefined) return { text: texts.permitDialog.already(grantedTtl), isWarning: false };
  if (statedTtl === 0) return { text: texts.ttl.statedZero, isWarning: true };
  if (statedTtl === null) return { text: texts.ttl.notStated, isWarning: false };
  if (statedTtl !== undefined)
    return { text: texts.ttl.stated(statedTtl, scopeOfTtl(statedTtl).name), isWarning: false };
  return { text: seenTtl === undefined ? "" : texts.ttl.seen(seenTtl), isWarning: false };
}
