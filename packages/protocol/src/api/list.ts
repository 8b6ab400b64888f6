// SPDX-License-Identifier: MIT
import * as z from "zod/mini";

/** Items of one answer. */
export const LIMIT_MAX = 1000;

/** Which part of a list is wanted. */
export const Page = z.strictObject({
  limit: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(LIMIT_MAX))),
  /** `next` of the answer before. */
  cursor: z.optional(z.string().check(z.maxLength(512))),
});
export type Page = z.infer<typeof Page>;

/** A part of a list, by rising id. */
export function listOf<Item extends z.core.$ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    /** The cursor of the items after these, null when there are none. */
    next: z.nullable(z.string()),
    /** Revision of the state that is shown. */
    rev: z.int(),
  });
}
