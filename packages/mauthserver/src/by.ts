// SPDX-License-Identifier: MIT
import type { Role } from "@mauth/protocol/api";

/** Who changes something, from which address and why. */
export interface By {
  /** An account, "token:NAME", or "console" without accounts. */
  readonly name: string;
  /** Null when it comes from within. */
  readonly from: string | null;
  readonly reason?: string;
  readonly role?: Role;
  /** The revision that is taken back. */
  readonly undoes?: number;
}

/** What the server does of itself. */
export const BY_ITSELF: By = { name: "mauthserver", from: null };

/** How the log notes who changed something at `at`, in ms since the Unix epoch. */
export function authorshipOf(
  { name, from, reason, undoes }: By,
  at: number,
): { actor: string; from: string | null; at: number; reason?: string; undoes?: number } {
  const why = { ...(reason !== undefined && { reason }), ...(undoes !== undefined && { undoes }) };
  return { actor: name, from, at, ...why };
}

/** The same one with the reason that a request gives. */
export function becauseOf(by: By, reason: string | undefined): By {
  return reason === undefined ? by : { ...by, reason };
}
