// SPDX-License-Identifier: MIT
import { SettingsInput, SettingsValue } from "@mauth/protocol/api";
import { becauseOf } from "../../by.ts";
import type { Settings } from "../../settings.ts";
import { reply, route } from "../route.ts";
import type { Route } from "../route.ts";

export interface SettingsParts {
  readonly settings: Pick<Settings, "choices" | "change">;
}

/** What admins choose. */
export function settingsRoutes({ settings }: SettingsParts): Route[] {
  const value = (): SettingsValue => ({ id: "settings", ...settings.choices });
  return [
    route({
      method: "get",
      path: "/settings",
      summary: "Tells the settings.",
      role: "viewer",
      answer: SettingsValue,
      handle: () => reply(value()),
    }),
    route({
      method: "put",
      path: "/settings",
      summary: "Changes the settings.",
      role: "admin",
      body: SettingsInput,
      answer: SettingsValue,
      async handle({ body: { reason, ...choices }, by }) {
        await settings.change(choices, becauseOf(by, reason));
        return reply(value());
      },
    }),
  ];
}
