// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";
import path from "node:path";
import { createAccess } from "../accounts/access.ts";
import type { Access } from "../accounts/access.ts";
import { objectionToRequest } from "../accounts/permission.ts";
import { Refusals } from "../audit/refusals.ts";
import { Undo } from "../audit/undo.ts";
import type { Authority } from "../authority.ts";
import { apiRoutes } from "../http/api.ts";
import { createApp } from "../http/app.ts";
import { controlPath, listenForCommands } from "../http/control.ts";
import { LoginCookie } from "../http/cookie.ts";
import { Idempotency } from "../http/idempotency.ts";
import { listen } from "../http/listener.ts";
import { refuseUpgrade } from "../http/refuse-upgrade.ts";
import { RequestMeter } from "../http/request-meter.ts";
import type { RouterOptions } from "../http/router.ts";
import { controlRoutes } from "../http/routes/control.ts";
import type { ControlParts } from "../http/routes/control.ts";
import { createWebServer } from "../http/web-server.ts";
import type { WebServer } from "../http/web-server.ts";
import { exposeServer } from "../metrics.ts";
import { Admission } from "../push/admission.ts";
import { Hub } from "../push/hub.ts";
import type { HubOptions } from "../push/hub.ts";
import { admitVisitor } from "../push/visitor.ts";
import { VERSION } from "../version.ts";
import type { Air } from "./air.ts";
import type { Control } from "./control.ts";
import type { Ground } from "./ground.ts";

const CONSOLE_FOLDER = path.join(import.meta.dirname, "../../../mauthclient/dist");

/** Through which others come in: who may, and by which way. */
export interface Doors {
  readonly access: Access;
  readonly hub: Hub;
  readonly web: WebServer;
  /** What commands on this machine are served with. */
  readonly api: RouterOptions;
}

/** Makes the web server with everything that it serves; nothing is listened on yet. */
export function createDoors(ground: Ground, control: Control, air: Air, health: () => string | undefined): Doors {
  const { config, store, clock, log, fence, logId, snapshot } = ground;
  const { board, fleet, authority, roster, settings } = control;
  const access = createAccess(snapshot.rows, { store, clock, fence, isLoginRequired: config.accounts.required });
  showLockouts(access, control);
  const admission = new Admission(config.origins, config.listen.type === "unix" ? ["localhost"] : []);
  const isSecure = config.origins.length > 0 && config.origins.every((origin) => origin.startsWith("https:"));
  const cookie = new LoginCookie({ isSecure });
  const identify = (request: IncomingMessage) => admitVisitor(request, access.gate, cookie);
  const decide = deciderOf(authority);
  const hub = new Hub({ board, admission, version: VERSION, logId, clock, log, identify, decide });
  const { commit } = access;
  const undo = new Undo({ store, authority, roster, settings, announcing: air.announcing, access, commit });
  const refusals = new Refusals({ commit, clock, log });
  const { onRefused, onWrong } = refusals;
  const requests = new RequestMeter();
  const metrics = exposeServer({ board, fleet, hub, refusals, requests, access, ...air });
  const steadied = { ...clock, wallMs: () => control.steady.nowMs() };
  const parts = { ...access, ...control, announcing: air.announcing, store, undo, cookie, log, clock: steadied };
  const told = { ...parts, onRefused, onWrong, logId };
  const api = { ...told, routes: apiRoutes(told), idempotency: new Idempotency(clock, store) };
  const app = createApp({ ...api, admission, metrics, requests, consoleFolder: CONSOLE_FOLDER, health });
  const web = createWebServer(config.tls, app);
  serveFeed(web, hub);
  return { access, hub, web, api };
}

/** A lock-out is passing state, which the log does not tell. */
function showLockouts({ accounts }: Access, { board }: Control): void {
  accounts.onChanged((name) => {
    const account = accounts.find(name);
    if (account) board.add("account", account);
  });
}

/** Carries requests of the paper's protocol out that consoles make through the push feed, as far as they may. */
function deciderOf(authority: Authority): HubOptions["decide"] {
  const grantOf = (id: string) => authority.grants.get(id)?.row;
  return async (request, { principal: { name, role, scope }, from }) => {
    const who = { name, role, ...(scope && { scope }) };
    return objectionToRequest(who, request, grantOf) === undefined
      ? authority.decide(request, { name, from, role })
      : "error";
  };
}

function serveFeed({ server }: WebServer, hub: Hub): void {
  server.on("upgrade", (request, socket, head) => {
    if (request.url?.split("?")[0] === "/ws") hub.upgrade(request, socket, head);
    else refuseUpgrade(socket, "404 Not Found");
  });
}

/** Listens for browsers and programs. */
export async function openWeb({ config }: Ground, { web }: Doors, opened: AsyncDisposableStack): Promise<void> {
  await listen(web.server, config.listen);
  opened.defer(() => {
    web.server.close();
    web.server.closeAllConnections();
  });
}

/** Listens for commands on this machine, where the store has a place for a socket. */
export async function openCommands(
  { config, store, term }: Ground,
  { api }: Doors,
  { opened, onRestore }: { opened: AsyncDisposableStack } & Pick<ControlParts, "onRestore">,
): Promise<void> {
  const socketPath = controlPath(config);
  if (socketPath === undefined) return;
  const routes = [...api.routes, ...controlRoutes({ store, term, onRestore })];
  const server = await listenForCommands(socketPath, { ...api, routes });
  opened.defer(() => {
    server.close();
    server.closeAllConnections();
  });
}
