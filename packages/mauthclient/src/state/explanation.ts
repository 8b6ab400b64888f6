// SPDX-License-Identifier: MIT
import { Denied, SenderStats } from "@mauth/protocol/api";
import * as z from "zod/mini";

/** The answer of `GET /explain`. */
export const Explanation = z.object({
  verdict: z.enum(["passed", "refused", "silent"]),
  sentence: z.string(),
  entry: z.nullish(SenderStats),
  denied: z.nullish(Denied),
  /** Ids of the grants that cover the pair. */
  grants: z.array(z.string()),
  session: z.optional(z.string()),
  /** What would change the verdict: a permit with these fields, another TTL, or revoking `id`. */
  fix: z.nullish(z.object({ kind: z.string(), id: z.optional(z.string()), maxTtl: z.optional(z.int()) })),
});
export type Explanation = z.infer<typeof Explanation>;
