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
