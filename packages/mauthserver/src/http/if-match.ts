// SPDX-License-Identifier: MIT

/** What If-Match wants (RFC 9110 §13.1.1): whatever is there, or one of these revisions; undefined where the field is absent. */
export type IfMatch = "any" | ReadonlySet<number> | undefined;

/**
 * Reads If-Match. A weak or foreign entity tag, also one of before a restore, matches nothing, so that nobody's condition is passed
 * over.
 */
export function parseIfMatch(field: string | undefined, logId: string): IfMatch {
  if (field === undefined) return undefined;
  if (field.trim() === "*") return "any";
  const tags = Array.from(field.matchAll(/(?:^|,)\s*"(\w+)-(\d{1,15})"\s*(?=,|$)/g));
  return new Set(tags.flatMap(([, log, rev]) => (log === logId ? Number(rev) : [])));
}

/** Whether something of this revision, undefined where there is nothing, is what the client means. */
export function isMatch(wanted: IfMatch, rev: number | undefined): boolean {
  if (wanted === undefined) return true;
  return rev !== undefined && (wanted === "any" || wanted.has(rev));
}

/** The entity tag of a revision in a log. */
export function entityTag(rev: number, logId: string): string {
  return `"${logId}-${rev}"`;
}
