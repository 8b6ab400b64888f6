// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { Instant } from "./text.ts";

/** `type` of the refusal of what needs that the password was given lately: `POST /me/confirmation`, and ask again. */
export const PASSWORD_NEEDED = "/problems/password-needed";

/** `type` of the refusal of a change to what has changed since it was read: `changed` says how. */
export const CHANGED_MEANWHILE = "/problems/changed-meanwhile";

/** The body of every answer that is no success (RFC 9457). */
export const Problem = z.object({
  /** What kind of problem it is, for programs, relative to this server; absent where the status says it all. */
  type: z.optional(z.string()),
  title: z.string(),
  status: z.int(),
  detail: z.optional(z.string()),
  /** Who changed it meanwhile, from what was read to what it is now; null where there is nothing. */
  changed: z.optional(
    z.object({
      by: z.string(),
      at: Instant,
      rev: z.int(),
      before: z.nullable(z.record(z.string(), z.unknown())),
      after: z.nullable(z.record(z.string(), z.unknown())),
    }),
  ),
  /** Which fields are wrong, as JSON pointers into the request, and what they must be. */
  errors: z.optional(z.array(z.object({ pointer: z.string(), detail: z.string() }))),
});
export type Problem = z.infer<typeof Problem>;
