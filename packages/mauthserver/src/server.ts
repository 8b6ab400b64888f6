// SPDX-License-Identifier: MIT
import type { IncomingMessage, Server as HttpServer } from "node:http";
import path from "node:path";
import type { FirstRun } from "@mauth/protocol/api";
import { createAccess } from "./accounts/access.ts";
import type { Access } from "./accounts/access.ts";
import { objectionToRequest } from "./accounts/permission.ts";
import { Announcing } from "./announcements/announcing.ts";
import { Announcements } from "./announcements.ts";
import { Authority } from "./authority.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { StartError } from "./errors.ts";
import type { GrantRow } from "./grants/grant.ts";
import { GrantTable } from "./grants/table.ts";
import { Refusals } from "./audit/refusals.ts";
import { Undo } from "./audit/undo.ts";
import { createApp } from "./http/app.ts";
import type { AppOptions } from "./http/app.ts";
import { LoginCookie } from "./http/cookie.ts";
import { apiRoutes } from "./http/api.ts";
import { controlPath, listenForCommands } from "./http/control.ts";
import { RequestMeter } from "./http/request-meter.ts";
import type { RouterOptions } from "./http/router.ts";
import { controlRoutes } from "./http/routes/control.ts";
import { Idempotency } from "./http/idempotency.ts";
import { listen } from "./http/listener.ts";
import { createWebServer } from "./http/web-server.ts";
import type { WebServer } from "./http/web-server.ts";
import type { Log } from "./log.ts";
import { exposeServer } from "./metrics.ts";
import type { MrouterRow } from "./mrouters/driver.ts";
import { Fleet } from "./mrouters/fleet.ts";
import { Roster } from "./mrouters/roster.ts";
import { Admission } from "./push/admission.ts";
import { Board } from "./push/board.ts";
import { Feed } from "./push/feed.ts";
import { Hub } from "./push/hub.ts";
import type { HubOptions } from "./push/hub.ts";
import { admitVisitor } from "./push/visitor.ts";
import { readLinkState } from "./sap/interfaces.ts";
import { SapListener } from "./sap/listener.ts";
import { SapSender } from "./sap/sender.ts";
import { Settings, SETTINGS_KEY } from "./settings.ts";
import { SteadyClock } from "./steady-clock.ts";
import { ConflictWatch } from "./sessions/conflict-watch.ts";
import { MemoryStore } from "./store/memory.ts";
import { SqliteStore } from "./store/sqlite.ts";
import { KINDS } from "./store/store.ts";
import type { Fence, Snapshot, Store } from "./store/store.ts";
import { chooseTermBase, LEADER, termOf } from "./term.ts";
import { VERSION } from "./version.ts";

const CONSOLE_FOLDER = path.join(import.meta.dirname, "../../mauthclient/dist");
/** Log lines of sessions that are kept: announcements of anybody must not fill the disk. */
const SESSION_CHANGES_KEPT = 100_000;
const COMPACT_PERIOD_MS = 600_000;

export interface ServerOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when a command asks that the server stops, swaps its database for the restored one, and starts again. */
  readonly onRestore?: () => void;
  /** Called when the server cannot go on. */
  onFailed(error: unknown): void;
}

/** What runs after a start. */
interface Running {
  readonly store: Store;
  readonly board: Board;
  readonly fleet: Fleet;
  readonly authority: Authority;
  readonly roster: Roster;
  readonly settings: Settings;
  readonly feed: Feed;
  readonly announcements: Announcements;
  readonly announcing: Announcing;
  readonly conflicts: ConflictWatch;
  readonly listener: SapListener;
  readonly hub: Hub;
  readonly access: Access;
  readonly web: WebServer;
  readonly compaction: NodeJS.Timeout;
  control: HttpServer | undefined;
}

/** mauthserver: everything that `serve` runs. */
export class Server {
  readonly #options: ServerOptions;
  #running: Running | undefined;
  #trouble: string | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** The TCP port that is listened on; undefined on a Unix socket. */
  get port(): number | undefined {
    const address = this.#running?.web.server.address();
    return typeof address === "object" && address !== null ? address.port : undefined;
  }

  /** What consoles see; undefined while it does not run. */
  get board(): Board | undefined {
    return this.#running?.board;
  }

  /** Whether there is an account; undefined while it does not run. */
  get firstRun(): FirstRun | undefined {
    return this.#running?.access.gate.firstRun;
  }

  /** Makes the first account where a login is required and there is none. */
  get firstRunCode(): string | undefined {
    return this.#running?.access.firstRunCode;
  }

  /** Starts everything, the outside last; StartError says in one sentence why it cannot. */
  async start(): Promise<void> {
    const { config, clock, log } = this.#options;
    const store = openStore(config);
    try {
      const fence = await store.lease(LEADER, `pid ${process.pid}`);
      await chooseTermBase(store, fence, clock);
      await takeMrouters(store, config, { fence, clock, log });
      const grants = new GrantTable();
      await store.load(["grant"], ({ body, rev }) => grants.load(body as unknown as GrantRow, rev));
      const snapshot = await store.snapshot(KINDS.filter((kind) => kind !== "grant"));
      const board = new Board();
      const conflicts = new ConflictWatch(board, clock);
      const term = termOf(snapshot, fence);
      const steady = new SteadyClock(clock);
      const settings = new Settings({ store, clock, fence, onChanged: () => authority.policyChanged() });
      settings.restore(snapshot.rows);
      const fleet = this.#control(snapshot, { board, grants, steady, term }, () => ({
        authority,
        feed,
        announcements,
      }));
      const sessionOf = (id: string) => board.get("session", id);
      const policy = () => settings.choices.deletionPolicy;
      const authority = new Authority({ store, grants, fleet, clock, steady, log, fence, sessionOf, policy });
      authority.restore(snapshot.rows);
      const roster = new Roster({ store, fleet, clock, fence, grants: authority.decided });
      roster.restore(snapshot.rows);
      const onSession = (id: string) => authority.sessionChanged(id);
      const feed = new Feed({ board, fleet, grants, onSession });
      board.add("setting", { id: SETTINGS_KEY, ...settings.choices });
      await feed.recall(store, snapshot.rev);
      feed.start(store, snapshot, (error) => this.#fail("the log cannot be followed", error));
      const directory = { minTimeoutMs: config.sap.min_timeout, ignoreDeletions: config.sap.ignore_deletions };
      const announcements = new Announcements({ store, board, clock, log, fence, directory });
      announcements.restore(snapshot.rows);
      const { interfaces } = config.sap;
      const listener = new SapListener({ interfaces, log, onHeard: (heard) => announcements.hear(heard) });
      const sender = new SapSender();
      const links = () => interfaces.flatMap((name) => readLinkState(name) ?? []);
      const announcing = new Announcing({ store, board, clock, log, fence, sender, links, random: Math.random });
      announcing.restore(snapshot.rows);
      const admission = new Admission(config.origins, config.listen.type === "unix" ? ["localhost"] : []);
      const access = createAccess(snapshot.rows, { store, clock, fence, isLoginRequired: config.accounts.required });
      const isSecure = config.origins.length > 0 && config.origins.every((origin) => origin.startsWith("https:"));
      const cookie = new LoginCookie({ isSecure });
      const identify = (request: IncomingMessage) => admitVisitor(request, access.gate, cookie);
      const decide: HubOptions["decide"] = async (request, { principal: { name, role, scope }, from }) => {
        const who = { name, role, ...(scope && { scope }) };
        const grantOf = (id: string) => authority.grants.get(id)?.row;
        return objectionToRequest(who, request, grantOf) === undefined
          ? authority.decide(request, { name, from, role })
          : "error";
      };
      const hub = new Hub({ board, admission, version: VERSION, clock, log, identify, decide });
      // A lock-out is passing state, which the log does not tell.
      access.accounts.onChanged((name) => {
        const account = access.accounts.find(name);
        if (account) board.add("account", account);
      });
      const { commit } = access;
      const undo = new Undo({ store, authority, roster, settings, commit });
      const refusals = new Refusals({ commit, clock, log });
      const requests = new RequestMeter();
      const measured = { board, fleet, hub, announcements, listener, sender, refusals, requests, access };
      const metrics = exposeServer(measured);
      const parts = {
        ...access,
        authority,
        roster,
        settings,
        store,
        undo,
        board,
        announcing,
        cookie,
        log,
        clock,
        onRefused: refusals.onRefused,
        onWrong: refusals.onWrong,
      };
      const api = { ...parts, routes: apiRoutes(parts), idempotency: new Idempotency(clock) };
      const web = this.#serve({ ...api, admission, metrics, requests }, hub);
      const compaction = setInterval(() => void this.#compact(store, board), COMPACT_PERIOD_MS);
      this.#running = {
        store,
        board,
        fleet,
        authority,
        roster,
        settings,
        feed,
        announcements,
        announcing,
        conflicts,
        listener,
        hub,
        access,
        web,
        compaction,
        control: undefined,
      };
      if (interfaces.length > 0) await startListening(listener);
      await listen(web.server, config.listen);
      const commands = controlPath(config);
      if (commands !== undefined) this.#running.control = await this.#listenForCommands(commands, api, store, term);
      fleet.start();
      authority.start();
      announcements.start();
      announcing.start();
      conflicts.start();
      access.logins.start((error) => log.warn({ err: error }, "logins could not be stored"));
    } catch (error) {
      if (this.#running) await this.stop();
      else await store.close();
      throw error;
    }
  }

  /** Reads the certificate again; StartError when it cannot be used, and the one of before stays. */
  reload(): void {
    this.#running?.web.reload();
  }

  /** Stops everything, the outside first; what was acknowledged is stored already. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    clearInterval(running.compaction);
    running.conflicts.stop();
    running.access.logins.stop();
    for (const server of [running.web.server, running.control]) {
      server?.close();
      server?.closeAllConnections();
    }
    await Promise.all([running.hub.close(), running.announcing.stop()]);
    await running.listener.stop();
    running.authority.stop();
    await running.fleet.stop();
    await running.announcements.stop();
    await running.feed.stop();
    await running.store.close();
  }

  #control(
    snapshot: Snapshot,
    { board, grants, steady, term }: { board: Board; grants: GrantTable; steady: SteadyClock; term: number },
    parts: () => { authority: Authority; feed: Feed; announcements: Announcements },
  ): Fleet {
    const { clock, log } = this.#options;
    const fleet = new Fleet({
      clock,
      log,
      board,
      grants,
      steady,
      term,
      onAll: () => parts().feed.allChanged(),
      onHeard: (heard) => parts().announcements.hear(heard),
      onSender: (key) => parts().feed.enforcementChanged(key),
      onRemoved: (mrouter, key) => {
        parts()
          .authority.removed(mrouter, key)
          .catch((error: unknown) => log.warn({ err: error, mrouter, key }, "a removal could not be noted as done"));
      },
    });
    for (const row of snapshot.rows) if (row.kind === "mrouter") fleet.add(row.body as unknown as MrouterRow);
    return fleet;
  }

  #serve(options: Omit<AppOptions, "consoleFolder" | "health">, hub: Hub): WebServer {
    const app = createApp({ ...options, consoleFolder: CONSOLE_FOLDER, health: () => this.#trouble });
    const web = createWebServer(this.#options.config.tls, app);
    web.server.on("upgrade", (request, socket, head) => {
      if (request.url?.split("?")[0] === "/ws") hub.upgrade(request, socket, head);
      else socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    });
    return web;
  }

  #listenForCommands(socketPath: string, api: RouterOptions, store: Store, term: number): Promise<HttpServer> {
    const { onRestore = () => undefined } = this.#options;
    return listenForCommands(socketPath, {
      ...api,
      routes: [...api.routes, ...controlRoutes({ store, term, onRestore })],
    });
  }

  async #compact(store: Store, board: Board): Promise<void> {
    try {
      await store.compact(["session"], board.rev - SESSION_CHANGES_KEPT);
    } catch (error) {
      this.#options.log.warn({ err: error }, "the log could not be compacted");
    }
  }

  #fail(sentence: string, error: unknown): void {
    this.#trouble = sentence;
    this.#options.onFailed(error);
  }
}

function openStore({ store }: Config): Store {
  return store.type === "memory" ? new MemoryStore() : SqliteStore.open(store.path);
}

/** Takes the mrouters of the configuration into the store, once; afterwards they live there. */
async function takeMrouters(
  store: Store,
  { mrouter }: Config,
  { fence, clock, log }: { fence: Fence; clock: Clock; log: Log },
): Promise<void> {
  const { rows } = await store.snapshot(["mrouter", "setting"]);
  if (mrouter.length === 0) return;
  if (rows.some((row) => row.kind === "setting" && row.key === "mrouters-taken")) {
    const kept = new Map(
      rows.filter((row) => row.kind === "mrouter").map((row) => [row.key, JSON.stringify(row.body)]),
    );
    if (kept.size !== mrouter.length || mrouter.some((row) => kept.get(row.name) !== JSON.stringify(row)))
      log.warn({ kept: [...kept.keys()] }, "the mrouters of the configuration are ignored: the store has its own");
    return;
  }
  await store.commit(
    [
      ...mrouter.map((row) => ({ op: "put", kind: "mrouter", key: row.name, body: { ...row } }) as const),
      { op: "put", kind: "setting", key: "mrouters-taken", body: {} },
    ],
    { actor: "configuration", at: clock.wallMs(), fence },
  );
}

async function startListening(listener: SapListener): Promise<void> {
  try {
    await listener.start();
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
