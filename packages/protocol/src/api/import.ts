// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { Decision } from "./decision.ts";
import { Grant, GrantInput } from "./entities.ts";

/** Grants of one import. */
export const IMPORT_MAX = 10_000;

/** Answer to `POST /import/plan`: what applying it would do. Nothing is changed yet. */
export const ImportPlan = z.object({
  add: z.array(GrantInput),
  change: z.array(z.object({ before: Grant, after: GrantInput })),
  /** Only with ?replace=true: grants that the import does not have. */
  remove: z.array(Grant),
  unchanged: z.int(),
  errors: z.array(z.object({ /** From 1, a heading line included. */ line: z.int(), detail: z.string() })),
  /** For `POST /import/apply`, for ten minutes; null when there is an error or nothing to do. */
  token: z.nullable(z.string()),
});
export type ImportPlan = z.infer<typeof ImportPlan>;

/** `POST /import/apply`. */
export const ImportApply = z.strictObject({
  token: z.string().check(z.maxLength(100)),
  reason: z.optional(z.string().check(z.maxLength(500))),
});
export type ImportApply = z.infer<typeof ImportApply>;

/** Answer to `POST /import/apply`: one result for each addition, change and removal, in this order. */
export const ImportResult = z.object({ results: z.array(Decision) });
export type ImportResult = z.infer<typeof ImportResult>;
