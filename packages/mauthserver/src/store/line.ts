// SPDX-License-Identifier: MIT
import { hash } from "node:crypto";
import { PASSING_KINDS } from "./store.ts";
import type { Kind } from "./store.ts";

/** The hash before the first line. */
export const CHAIN_START = "0".repeat(64);

/** A line of the log without its hash; bodies are canonical JSON. */
export interface Line {
  readonly rev: number;
  readonly kind: Kind;
  readonly key: string;
  readonly actor: string;
  readonly from: string | null;
  readonly at: number;
  readonly reason: string | null;
  readonly undoes: number | null;
  readonly before: string | null;
  readonly after: string | null;
}

/** A line as it is kept; the hash in hex. */
export type HashedLine = Line & { readonly hash: string };

/** JSON with the keys of every object in order and no white space (RFC 8785 §3.2.3), as `JSON.stringify` writes values. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const keys = Object.keys(value).sort();
  // Keys such as "__proto__" must stay keys.
  const copy = Object.create(null) as Record<string, unknown>;
  for (const key of keys) copy[key] = sorted((value as Record<string, unknown>)[key]);
  return copy;
}

/** The hash of a line behind `head`, the hash of the last chained line: SHA-256 over both, as 64 hex digits. */
export function hashLine(head: string, line: Line): string {
  return hash("sha256", `${head}\n${textOf(line)}`, "hex");
}

/** Tells whether the chain runs through lines of this kind. */
export function isChained(kind: Kind): boolean {
  return !PASSING_KINDS.some((passing) => passing === kind);
}

/** The line as canonical JSON; its bodies are that already. */
function textOf(line: Line): string {
  const { after, at, before, actor, from, key, kind, reason, rev, undoes } = line;
  const rest = JSON.stringify({ from, key, kind, reason, rev, undoes });
  return `{"actor":${JSON.stringify(actor)},"after":${after},"at":${at},"before":${before},${rest.slice(1)}`;
}
