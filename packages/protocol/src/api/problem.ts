// SPDX-License-Identifier: MIT
import * as z from "zod/mini";

/** The body of every answer that is no success (RFC 9457). */
export const Problem = z.object({
  title: z.string(),
  status: z.int(),
  detail: z.optional(z.string()),
  /** Which fields are wrong, as JSON pointers into the request, and what they must be. */
  errors: z.optional(z.array(z.object({ pointer: z.string(), detail: z.string() }))),
});
export type Problem = z.infer<typeof Problem>;
