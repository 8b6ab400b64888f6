// SPDX-License-Identifier: MIT
import { LIMIT_MAX } from "@mauth/protocol/api";
import type { Page } from "@mauth/protocol/api";

/**
 * The items after the cursor, by rising id. A cursor is an id, so that a page neither repeats nor skips what stayed. Takes one
 * pass and memory for two pages, whatever the number of items.
 */
export function pageOf<Item extends { readonly id: string }>(
  items: Iterable<Item>,
  { limit = LIMIT_MAX, cursor }: Page,
  isWanted: (item: Item) => boolean,
): { items: Item[]; next: string | null } {
  const after = cursor === undefined ? "" : Buffer.from(cursor, "base64url").toString();
  const kept: Item[] = [];
  for (const item of items) {
    if (item.id <= after || !isWanted(item)) continue;
    kept.push(item);
    if (kept.length > 2 * limit) cut(kept, limit + 1);
  }
  cut(kept, limit + 1);
  const page = kept.slice(0, limit);
  const last = page.at(-1);
  const next = kept.length > limit && last !== undefined ? Buffer.from(last.id).toString("base64url") : null;
  return { items: page, next };
}

function cut(items: Array<{ readonly id: string }>, length: number): void {
  items.sort((a, b) => (a.id < b.id ? -1 : 1));
  items.length = Math.min(items.length, length);
}
