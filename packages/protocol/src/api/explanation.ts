// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { Denied, GrantInput, Reason, SenderStats } from "./entities.ts";

/** What would change a verdict: a permit, other limits of the grant `id`, or the revoke of the grant `id`. */
export const Fix = z.extend(z.partial(GrantInput), {
  kind: z.enum(["permit", "edit", "revoke"]),
  id: z.optional(z.string()),
});
export type Fix = z.infer<typeof Fix>;

/** Answer to `GET /explain`: what becomes of the packets of a source to a group at an mrouter. */
export const Explanation = z.object({
  /** silent: no packet was seen in the last minute. */
  verdict: z.enum(["passed", "refused", "silent"]),
  /** The filter's reason for the last refusal; absent when nothing was refused. */
  reason: z.optional(Reason),
  sentence: z.string(),
  /** The entry of the kernel that judges them. */
  entry: z.nullable(SenderStats),
  denied: z.nullable(Denied),
  /** Ids of the grants that cover the pair. */
  grants: z.array(z.string()),
  /** A session that announces the pair. */
  session: z.optional(z.string()),
  fix: z.nullable(Fix),
});
export type Explanation = z.infer<typeof Explanation>;
