// SPDX-License-Identifier: MIT
import { randomBytes } from "node:crypto";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import type { AnyCommand } from "@mauth/protocol/api";
import { formatIpv4 } from "@mauth/protocol/ipv4";
import { COMMAND, decodeRequest, encodeResponse, validateRequest } from "@mauth/protocol/v1";
import { type WebSocket, WebSocketServer } from "ws";
import { batched } from "./batched.ts";
import { type Scene, SCENES, type SceneName } from "./scene.ts";
import { serveRest } from "./rest.ts";
import { World } from "./world.ts";

const DIST = join(import.meta.dirname, "../../dist");
const STEP_MS = 1_000;
const CROWD_STEP_MS = 50;
/** A kernel call and a round trip. */
const ANSWER_MS = 60;
const PENDING_MS = 10_000;

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** The policy of mauthserver, so that what breaks under it breaks here first. */
function headersOf(nonce: string): Record<string, string> {
  return {
    "Content-Security-Policy": [
      "default-src 'none'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'",
      `style-src 'self' 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      "require-trusted-types-for 'script'; trusted-types default",
    ].join("; "),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
  };
}

/** Speaks the contract of mauthserver's /ws and serves the built console. */
export class FakeServer {
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 64 });
  readonly #world: World;
  readonly #scene: Scene;
  #timer: NodeJS.Timeout | undefined;
  #steppedAtMs = 0;

  constructor(options: { scene: SceneName; sessions: number; seed: number }) {
    this.#scene = SCENES[options.scene];
    this.#world = new World({ ...options, scene: this.#scene, nowMs: Date.now() });
    this.#http = createServer((request, response) => {
      if (request.url?.startsWith("/api/v1/") !== true) serveFile(request, response);
      else void serveRest(this.#world, request, response, () => this.#publish());
    });
    this.#http.on("upgrade", (request, socket, head) => {
      if (request.url?.split("?", 1)[0] !== "/ws") return socket.destroy();
      return this.#sockets.handleUpgrade(request, socket, head, (client) =>
        this.#greet(client, wishesOf(request, this.#world.logId)),
      );
    });
  }

  /** Listens on 127.0.0.1; returns the port. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once("error", reject);
      this.#http.listen(port, "127.0.0.1", resolve);
    });
    this.#steppedAtMs = Date.now();
    this.#timer = setInterval(() => this.#step(Date.now()), this.#scene.crowd === undefined ? STEP_MS : CROWD_STEP_MS);
    const address = this.#http.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  #step(nowMs: number): void {
    const elapsedMs = nowMs - this.#steppedAtMs;
    const { crowd } = this.#scene;
    if (crowd === undefined) this.#world.step(elapsedMs);
    else this.#world.churn(elapsedMs, Math.round((crowd.changesPerSecond * elapsedMs) / 1000));
    this.#steppedAtMs = nowMs;
    this.#publish();
  }

  /** Closes every connection, as a stopped mauthserver does. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const client of this.#sockets.clients) client.terminate();
    await new Promise((resolve) => {
      this.#http.close(resolve);
      this.#http.closeAllConnections();
    });
  }

  #greet(client: WebSocket, { since, isBatched }: Wishes): void {
    client.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.#answer(client, new Uint8Array(data));
    });
    client.on("error", () => client.terminate());
    if (this.#scene.isMute === true) return;
    const commands = since === undefined ? this.#world.snapshot() : this.#world.missedSince(since);
    const frames = isBatched ? batched(commands, frameOf) : commands.map(frameOf);
    for (const frame of frames) client.send(frame, { binary: false });
    if (this.#scene.dropsAfterMs !== undefined) setTimeout(() => client.terminate(), this.#scene.dropsAfterMs);
  }

  #answer(client: WebSocket, bytes: Uint8Array): void {
    const request = decodeRequest(bytes);
    if (!request.ok) return client.close(1003, "not an 11-byte request");
    const { sequence, command, maxTtl } = request.value;
    const [source, group] = [formatIpv4(request.value.source), formatIpv4(request.value.group)];
    if (group === "233.252.0.254") return undefined;
    const isRefused = validateRequest(request.value) !== undefined || group === "233.252.0.253";
    setTimeout(() => {
      if (!isRefused && command === COMMAND.add) this.#permit(source, group, maxTtl);
      if (!isRefused && command === COMMAND.remove) this.#world.revoke(`${source}>${group}`);
      this.#publish();
      client.send(encodeResponse({ type: isRefused ? "error" : "ack", sequence }));
    }, ANSWER_MS);
    return undefined;
  }

  #permit(source: string, group: string, maxTtl: number): void {
    const isSlow = group === "233.252.0.255";
    this.#world.permit({ source, group, maxTtl }, isSlow ? "pending" : "enforced");
    if (!isSlow) return;
    setTimeout(() => {
      this.#world.permit({ source, group, maxTtl }, "enforced");
      this.#publish();
    }, PENDING_MS);
  }

  #publish(): void {
    const frames = this.#world.takeChanges().map((command) => frameOf(command));
    if (this.#scene.isMute === true) return;
    for (const client of this.#sockets.clients) for (const frame of frames) client.send(frame);
  }
}

const texts = new WeakMap<object, string>();

/** The text of a command; that of an entity is made once, as mauthserver does, or a console would wait for it and not for itself. */
function frameOf({ value, ...head }: AnyCommand): string {
  const text = texts.get(value) ?? JSON.stringify(value);
  texts.set(value, text);
  return `${JSON.stringify(head).slice(0, -1)},"value":${text}}`;
}

/** What a console asks for. */
interface Wishes {
  /** Undefined for one that is new. */
  readonly since: number | undefined;
  readonly isBatched: boolean;
}

/** Reads `?rev=` in the log of `?log=`, and `?frames=batches`. */
function wishesOf({ url = "" }: IncomingMessage, logId: string): Wishes {
  const query = new URLSearchParams(url.split("?", 2)[1]);
  const rev = query.get("log") === logId ? query.get("rev") : null;
  const since = rev !== null && /^\d{1,15}$/.test(rev) ? Number(rev) : undefined;
  return { since, isBatched: query.get("frames") === "batches" };
}

/** Files of dist; every other path is a page of the console. */
function serveFile(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const wanted = join(DIST, normalize(decodeURIComponent(pathname)));
  const isFile = wanted.startsWith(DIST) && existsSync(wanted) && statSync(wanted).isFile();
  const file = isFile ? wanted : join(DIST, "index.html");
  if (!existsSync(file)) {
    response.writeHead(503, { "Content-Type": "text/plain" });
    response.end("The console is not built: run `npm run build`, or use `vite` in packages/mauthclient.\n");
    return;
  }
  const nonce = randomBytes(16).toString("base64");
  response.writeHead(200, { ...headersOf(nonce), "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
  if (extname(file) === ".html") response.end(readFileSync(file, "utf8").replaceAll("{{CSP_NONCE}}", nonce));
  else createReadStream(file).pipe(response);
}
