// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { Binding, Grant, GrantInput, Rate } from "./entities.ts";
import { Instant, MaxTtl, Reasoning } from "./text.ts";

/** How a decision about a grant ended. */
export const Decision = z.object({
  /** The grant that was decided about; absent when the request named none that there can be. */
  id: z.optional(z.string()),
  /** ack: in force at every mrouter; unknown: stored, and not yet acknowledged by all of them; error: refused, nothing changed. */
  outcome: z.enum(["ack", "error", "unknown"]),
  /** Revision of the change. */
  rev: z.optional(z.int()),
  /** Why it is not in force, as a sentence. */
  error: z.optional(z.string()),
  /** The grant as it is now; absent after a revoke. */
  grant: z.optional(Grant),
});
export type Decision = z.infer<typeof Decision>;

/** `PATCH /grants/{id}`: what is absent stays, null takes a limit away. */
export const GrantPatch = z.strictObject({
  maxTtl: z.optional(MaxTtl),
  rate: z.optional(z.nullable(Rate)),
  binding: z.optional(z.nullable(Binding)),
  expiresAt: z.optional(z.nullable(Instant)),
  reason: z.optional(z.nullable(Reasoning)),
});
export type GrantPatch = z.infer<typeof GrantPatch>;

/** Decisions of one request. */
export const BULK_MAX = 1000;

/** `POST /grants/bulk`: the results come in this order, permits first. */
export const BulkInput = z.strictObject({
  permit: z.optional(z.array(GrantInput).check(z.maxLength(BULK_MAX))),
  /** Ids of grants. */
  revoke: z.optional(z.array(z.string().check(z.maxLength(200))).check(z.maxLength(BULK_MAX))),
  reason: z.optional(Reasoning),
});
export type BulkInput = z.infer<typeof BulkInput>;

/** Answer to `POST /grants/bulk`. */
export const BulkResult = z.object({ results: z.array(Decision) });
export type BulkResult = z.infer<typeof BulkResult>;

/** Query of a request that removes something. */
export const Because = z.strictObject({ reason: z.optional(Reasoning) });
export type Because = z.infer<typeof Because>;
