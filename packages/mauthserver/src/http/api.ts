// SPDX-License-Identifier: MIT
import type { Announcing } from "../announcements/announcing.ts";
import { announcementRoutes } from "../announcements/routes.ts";
import type { Board } from "../push/board.ts";
import { VERSION } from "../version.ts";
import { describeApi } from "./openapi.ts";
import { reply, route } from "./route.ts";
import type { Route } from "./route.ts";
import { accountRoutes } from "./routes/accounts.ts";
import type { AccountParts } from "./routes/accounts.ts";
import { auditRoutes } from "./routes/audit.ts";
import type { AuditParts } from "./routes/audit.ts";
import { explainRoutes } from "./routes/explain.ts";
import { grantRoutes } from "./routes/grants.ts";
import type { GrantParts } from "./routes/grants.ts";
import { ignoredRoutes } from "./routes/ignored.ts";
import type { IgnoredParts } from "./routes/ignored.ts";
import { importRoutes } from "./routes/import.ts";
import type { ImportParts } from "./routes/import.ts";
import { listRoutes } from "./routes/lists.ts";
import { loginRoutes } from "./routes/login.ts";
import type { LoginParts } from "./routes/login.ts";
import { mrouterRoutes } from "./routes/mrouters.ts";
import type { MrouterParts } from "./routes/mrouters.ts";
import { settingsRoutes } from "./routes/settings.ts";
import type { SettingsParts } from "./routes/settings.ts";

export interface ApiParts
  extends LoginParts, AccountParts, GrantParts, MrouterParts, IgnoredParts, SettingsParts, AuditParts, ImportParts {
  readonly board: Board;
  readonly announcing: Announcing;
  readonly store: AuditParts["store"];
}

/** The table of everything under /api/v1. */
export function apiRoutes(parts: ApiParts): Route[] {
  const routes = [
    ...loginRoutes(parts),
    ...listRoutes(parts.board, {
      grant: (id) => parts.authority.grants.get(id)?.rev,
      mrouter: (name) => parts.roster.revOf(name),
    }),
    ...grantRoutes(parts),
    ...mrouterRoutes(parts),
    ...ignoredRoutes(parts),
    ...explainRoutes(parts),
    ...announcementRoutes(parts),
    ...auditRoutes(parts),
    ...importRoutes(parts),
    ...settingsRoutes(parts),
    ...accountRoutes(parts),
  ];
  const description = route({
    method: "get",
    path: "/openapi.json",
    summary: "This description.",
    role: "anyone",
    handle: () => reply(described),
  });
  const described = describeApi([...routes, description], VERSION);
  return [...routes, description];
}
