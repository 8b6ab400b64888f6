// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { Instant, Reasoning } from "./text.ts";

/** A refused pair that somebody has looked at and left refused: it stays out of everybody's inbox. */
export const Ignored = z.object({
  /** "SOURCE>GROUP". */
  id: z.string(),
  /** Name of the account or token. */
  by: z.string(),
  at: Instant,
  reason: z.optional(Reasoning),
});
export type Ignored = z.infer<typeof Ignored>;
