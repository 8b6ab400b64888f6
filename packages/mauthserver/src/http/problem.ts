// SPDX-License-Identifier: MIT
import { CHANGED_MEANWHILE } from "@mauth/protocol/api";
import type { Problem } from "@mauth/protocol/api";
import type * as z from "zod/mini";

/** The value, or why there is none, as it is answered over HTTP (RFC 9457). */
export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: Problem };

/** Fields of one request that are complained about. */
const ERRORS_MAX = 16;

/** A refusal in a sentence. */
export function refused(status: number, title: string, detail?: string): { ok: false; problem: Problem } {
  return { ok: false, problem: { title, status, ...(detail !== undefined && { detail }) } };
}

/** A refusal of what is based on something that is no longer so. */
export const NOT_AS_SEEN = {
  ok: false,
  problem: { type: CHANGED_MEANWHILE, title: "it is not as you have seen it: read it again", status: 412 },
} as const;

/** A refusal of one field. */
export function refusedField(pointer: string, detail: string): { ok: false; problem: Problem } {
  return { ok: false, problem: { title: "the request is not valid", status: 422, errors: [{ pointer, detail }] } };
}

/** What a schema complains about. */
export function invalid(error: z.core.$ZodError): { ok: false; problem: Problem } {
  const errors = error.issues
    .slice(0, ERRORS_MAX)
    .map(({ path, message }) => ({ pointer: pointerOf(path), detail: message }));
  return { ok: false, problem: { title: "the request is not valid", status: 422, errors } };
}

/** RFC 6901 §3. */
function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
