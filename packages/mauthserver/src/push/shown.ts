// SPDX-License-Identifier: MIT
import type { Ignored, SettingsValue } from "@mauth/protocol/api";
import { shownAccount } from "../accounts/accounts.ts";
import type { AccountRow } from "../accounts/accounts.ts";
import { shownToken } from "../accounts/tokens.ts";
import type { TokenRow } from "../accounts/tokens.ts";
import { SETTINGS_KEY } from "../settings.ts";
import type { Body, Kind } from "../store/store.ts";
import type { Board } from "./board.ts";

/** Shows a row that consoles see as it is, without what nobody may see. */
export function showRow(
  board: Board,
  { kind, key, body, rev }: { kind: Kind; key: string; body: Body; rev: number },
): void {
  if (kind === "account") board.add("account", shownAccount(body as unknown as AccountRow), rev);
  if (kind === "token") board.add("token", shownToken(body as unknown as TokenRow), rev);
  if (kind === "ignored") board.add("ignored", { ...(body as unknown as Ignored), id: key }, rev);
  if (kind === "setting" && key === SETTINGS_KEY)
    board.add("setting", { ...(body as unknown as SettingsValue), id: SETTINGS_KEY }, rev);
}

/** Takes away what `showRow` shows. */
export function hideRow(board: Board, { kind, key, rev }: { kind: Kind; key: string; rev: number }): void {
  if (kind === "account" || kind === "token" || kind === "ignored") board.remove(kind, key, rev);
}
