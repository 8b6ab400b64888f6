// SPDX-License-Identifier: MIT
import type { Session } from "@mauth/protocol/api";

/** "audio L24/48000/8 · 2 × video raw/90000": the media of a session in one line, equal ones counted. */
export function mediaSummary(session: Session): string {
  const counts = new Map<string, number>();
  for (const media of session.media) {
    const name = media.codec === undefined ? media.type : `${media.type} ${media.codec}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Array.from(counts, ([name, count]) => (count === 1 ? name : `${count} × ${name}`)).join(" · ");
}
