// SPDX-License-Identifier: MIT
import { CHANGED_MEANWHILE } from "@mauth/protocol/api";
import { auditEntryOf } from "../audit/entry.ts";
import type { Kind, Store } from "../store/store.ts";
import type { IfMatch } from "./if-match.ts";
import type { Result } from "./problem.ts";

/** Changes that are looked back through for what the client has seen. */
const LOOKED_BACK_MAX = 100;

/** What is refused with 412: who changed it since, from what the client has seen to what it is now. */
export async function changedMeanwhile(
  store: Pick<Store, "history">,
  { kind, key, ifMatch }: { readonly kind: Kind; readonly key: string; readonly ifMatch: IfMatch },
): Promise<Result<never>> {
  const seen = ifMatch instanceof Set ? Math.max(0, ...(ifMatch as ReadonlySet<number>)) : 0;
  const changes = await store.history({ kinds: [kind], key, limit: LOOKED_BACK_MAX });
  const entries = changes.filter(({ rev }) => rev > seen).flatMap((change) => auditEntryOf(change) ?? []);
  const last = entries[0];
  const problem = { type: CHANGED_MEANWHILE, status: 412 };
  if (last === undefined)
    return { ok: false, problem: { ...problem, title: "it is not as you have seen it: read it again" } };
  const { actor, at, rev, after } = last;
  const changed = { by: actor, at, rev, before: entries.at(-1)?.before ?? null, after };
  const verb = after === null ? "removed" : "changed";
  return { ok: false, problem: { ...problem, title: `${actor} has ${verb} it meanwhile: read it again`, changed } };
}
