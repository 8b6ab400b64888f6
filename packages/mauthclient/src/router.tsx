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
  parseExplainSearch,
  parseGrantsSearch,
  parseRefusedSearch,
  parseSessionsSearch,
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
  component: lazyRouteComponent(() => import("./pages/mrouters-page.tsx"), "MroutersPage"),
});

const explain = createRoute({
  getParentRoute: () => root,
  path: "/explain",
  validateSearch: parseExplainSearch,
  component: lazyRouteComponent(() => import("./pages/explain-page.tsx"), "ExplainPage"),
});

const routeTree = root.addChildren([home, sessions, refused, grants, mrouters, explain]);

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
