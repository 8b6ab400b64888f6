// SPDX-License-Identifier: MIT
import type { Authority } from "../authority.ts";
import { GrantTable } from "../grants/table.ts";

/** Decides nothing, for tests of something else: there is no mrouter. */
export function silentAuthority(): Pick<Authority, "permit" | "revoke" | "grants"> {
  const nobody = { outcome: "error", error: "there is no mrouter" } as const;
  return { grants: new GrantTable(), permit: async () => nobody, revoke: async () => nobody };
}
