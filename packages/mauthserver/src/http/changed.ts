// SPDX-License-Identifier: MIT
import { auditEntryOf } from "../audit/entry.ts";
import type { Kind, Store } from "../store/store.ts";
import type { IfMatch } from "./if-match.ts";
import { NOT_AS_SEEN } from "./problem.ts";
import type { Result } from "./problem.ts";

/** Changes that are looked back through for what the client has seen. */
const LOOKED_BACK_MAX = 100;

/** A row, and what a client has seen of it. */
interface Seen {
  readonly kind: Kind;
  readonly key: string;
  readonly ifMatch: IfMatch;
}

/** What is refused with 412: who changed it since, from what the client has seen to what it is now. */
export async function changedMeanwhile(
  store: Pick<Store, "history">,
  { kind, key, ifMatch }: Seen,
): Promise<Result<never>> {
  const revs = ifMatch instanceof Set ? [...(ifMatch as ReadonlySet<number>)] : [];
  // Of a tag of another log it is not known what the client has seen.
  if (revs.length === 0) return NOT_AS_SEEN;
  const changes = await store.history({ kinds: [kind], key, limit: LOOKED_BACK_MAX });
  const entries = changes.filter(({ rev }) => rev > Math.max(...revs)).flatMap((change) => auditEntryOf(change) ?? []);
  const last = entries[0];
  if (last === undefined) return NOT_AS_SEEN;
  const { actor, at, rev, after } = last;
  const changed = { by: actor, at, rev, before: entries.at(-1)?.before ?? null, after };
  const verb = after === null ? "removed" : "changed";
  const title = `${actor} has ${verb} it meanwhile: read it again`;
  return { ok: false, problem: { ...NOT_AS_SEEN.problem, title, changed } };
}

/** A result, with who changed what where it is refused because of that. */
export async function explainChange<Value>(
  result: Result<Value>,
  store: Pick<Store, "history">,
  seen: Seen,
): Promise<Result<Value>> {
  return !result.ok && result.problem === NOT_AS_SEEN.problem ? changedMeanwhile(store, seen) : result;
}
