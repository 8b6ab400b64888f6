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
import { grantRoutes } from "./routes/grants.ts";
import type { GrantParts } from "./routes/grants.ts";
import { listRoutes } from "./routes/lists.ts";
import { loginRoutes } from "./routes/login.ts";
import type { LoginParts } from "./routes/login.ts";

export interface ApiParts extends LoginParts, AccountParts, GrantParts {
  readonly board: Board;
  readonly announcing: Announcing;
}

/** The table of everything under /api/v1. */
export function apiRoutes(parts: ApiParts): Route[] {
  const routes = [
    ...loginRoutes(parts),
    ...listRoutes(parts.board),
    ...grantRoutes(parts),
    ...announcementRoutes(parts.announcing, parts.board),
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
