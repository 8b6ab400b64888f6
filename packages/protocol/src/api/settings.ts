// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import { Reasoning } from "./text.ts";

/** What becomes of the grants of a session that is no longer announced: they stay, end after ten minutes, or end at once. */
export const DeletionPolicyName = z.enum(["keep", "grace", "revoke"]);

/** What admins choose while the server runs. */
export const SettingsValue = z.object({
  /** Always the same; there is one. */
  id: z.literal("settings"),
  deletionPolicy: DeletionPolicyName,
});
export type SettingsValue = z.infer<typeof SettingsValue>;

/** `PUT /settings`. */
export const SettingsInput = z.strictObject({
  deletionPolicy: DeletionPolicyName,
  reason: z.optional(Reasoning),
});
export type SettingsInput = z.infer<typeof SettingsInput>;
