// SPDX-License-Identifier: MIT
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  type RouterHistory,
} from "@tanstack/react-router";
import { Crash } from "./components/crash.tsx";
import { NotFound } from "./components/not-found.tsx";
import { Shell } from "./components/shell.tsx";
import {
  parseAuditSearch,
  parseExplainSearch,
  parseGrantsSearch,
  parseMroutersSearch,
  parseRefusedSearch,
  parseSessionsSearch,
  parseTrafficSearch,
} from "./pages/search-params.ts";

const root = createRootRoute({ component: Shell, errorComponent: Crash, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/sessions", replace: true });
  },
});

const sessions = createRoute({
  getParentRoute: () => root,
  path: "/sessions",
  validateSearch: parseSessionsSearch,
  component: lazyRouteComponent(() => import("./pages/sessions-page.tsx"), "SessionsPage"),
});

const refused = createRoute({
  getParentRoute: () => root,
  path: "/refused",
  validateSearch: parseRefusedSearch,
  component: lazyRouteComponent(() => import("./pages/refused-page.tsx"), "RefusedPage"),
});

const grants = createRoute({
  getParentRoute: () => root,
  path: "/grants",
  validateSearch: parseGrantsSearch,
  component: lazyRouteComponent(() => import("./pages/grants-page.tsx"), "GrantsPage"),
});

const mrouters = createRoute({
  getParentRoute: () => root,
  path: "/mrouters",
  validateSearch: parseMroutersSearch,
  component: lazyRouteComponent(() => import("./pages/mrouters-page.tsx"), "MroutersPage"),
});

const traffic = createRoute({
  getParentRoute: () => root,
  path: "/traffic",
  validateSearch: parseTrafficSearch,
  component: lazyRouteComponent(() => import("./pages/traffic-page.tsx"), "TrafficPage"),
});

const explain = createRoute({
  getParentRoute: () => root,
  path: "/explain",
  validateSearch: parseExplainSearch,
  component: lazyRouteComponent(() => import("./pages/explain-page.tsx"), "ExplainPage"),
});

const announce = createRoute({
  getParentRoute: () => root,
  path: "/announce",
  component: lazyRouteComponent(() => import("./pages/announce-page.tsx"), "AnnouncePage"),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  validateSearch: parseAuditSearch,
  component: lazyRouteComponent(() => import("./pages/audit-page.tsx"), "AuditPage"),
});

const accounts = createRoute({
  getParentRoute: () => root,
  path: "/accounts",
  component: lazyRouteComponent(() => import("./pages/accounts-page.tsx"), "AccountsPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/settings-page.tsx"), "SettingsPage"),
});

const more = createRoute({
  getParentRoute: () => root,
  path: "/more",
  component: lazyRouteComponent(() => import("./pages/more-page.tsx"), "MorePage"),
});

const routeTree = root.addChildren([
  home,
  sessions,
  refused,
  grants,
  mrouters,
  traffic,
  explain,
  announce,
  audit,
  accounts,
  settings,
  more,
]);

/** The pages by their addresses; tests pass a history in memory. */
export function createConsoleRouter(history?: RouterHistory) {
  return createRouter({
    routeTree,
    defaultPreload: "intent",
    defaultErrorComponent: Crash,
    ...(history === undefined ? {} : { history }),
  });
}

export type ConsoleRouter = ReturnType<typeof createConsoleRouter>;

declare module "@tanstack/react-router" {
  interface Register {
    router: ConsoleRouter;
  }
}
