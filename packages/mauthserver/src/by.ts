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
}

/** What the server does of itself. */
export const BY_ITSELF: By = { name: "mauthserver", from: null };

/** The same one with the reason that a request gives. */
export function becauseOf(by: By, reason: string | undefined): By {
  return reason === undefined ? by : { ...by, reason };
}
