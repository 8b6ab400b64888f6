// SPDX-License-Identifier: MIT
import { SettingsInput, SettingsValue } from "@mauth/protocol/api";
import { becauseOf } from "../../by.ts";
import { SETTINGS_KEY } from "../../settings.ts";
import type { Settings } from "../../settings.ts";
import type { Store } from "../../store/store.ts";
import { changedMeanwhile } from "../changed.ts";
import { isMatch } from "../if-match.ts";
import { reply, route } from "../route.ts";
import type { Route } from "../route.ts";

export interface SettingsParts {
  readonly settings: Pick<Settings, "choices" | "change" | "rev">;
  readonly store: Pick<Store, "history">;
}

/** What admins choose. */
export function settingsRoutes({ settings, store }: SettingsParts): Route[] {
  const shown = () => {
    const value: SettingsValue = { id: "settings", ...settings.choices };
    return reply(value, { rev: settings.rev });
  };
  return [
    route({
      method: "get",
      path: "/settings",
      summary: "Tells the settings.",
      role: "viewer",
      answer: SettingsValue,
      isConditional: true,
      handle: () => shown(),
    }),
    route({
      method: "put",
      path: "/settings",
      keepsAnswer: true,
      summary: "Changes the settings.",
      role: "admin",
      body: SettingsInput,
      answer: SettingsValue,
      isConditional: true,
      async handle({ body: { reason, ...choices }, by, ifMatch }) {
        const rev = await settings.change(choices, becauseOf(by, reason), (now) => isMatch(ifMatch, now));
        if (rev === undefined) return changedMeanwhile(store, { kind: "setting", key: SETTINGS_KEY, ifMatch });
        return shown();
      },
    }),
  ];
}
