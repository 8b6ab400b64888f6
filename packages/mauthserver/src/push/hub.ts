// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Request } from "@mauth/protocol/v1";
import { WebSocketServer } from "ws";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { hostOf } from "../http/host-of.ts";
import type { Result } from "../http/problem.ts";
import { refuseUpgrade } from "../http/refuse-upgrade.ts";
import type { Admission } from "./admission.ts";
import type { Board } from "./board.ts";
import { Connection } from "./connection.ts";
import type { Visitor } from "./visitor.ts";

/** Bytes of a frame from a client; a request has 11. */
const FRAME_LENGTH_BYTES_MAX = 64 * 1024;
/** Consoles that may be connected at a time. */
export const CONNECTIONS_MAX = 2000;

/** How long a console may take to say goodbye. */
const GOODBYE_MS = 1000;

/** How a decision ended: in force everywhere, refused, or not known (yet). */
export type Outcome = "ack" | "error" | "unknown";

export interface HubOptions {
  readonly board: Board;
  readonly admission: Admission;
  readonly version: string;
  /** Of the log that revisions are counted in. */
  readonly logId: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells who opens the feed. */
  readonly identify: (request: IncomingMessage) => Result<Visitor>;
  /** Carries a request of somebody out, if that one may ask for it. */
  decide(request: Request, visitor: Pick<Visitor, "principal" | "from">): Promise<Outcome>;
}

/** What the query asks for: `rev` in the log of `log`, up to which the console has everything, and `frames=batches`. */
function wishesOf({ url = "" }: IncomingMessage, logId: string): { since: number | undefined; isBatched: boolean } {
  const query = new URLSearchParams(url.split("?")[1] ?? "");
  const rev = query.get("log") === logId ? query.get("rev") : null;
  const since = rev !== null && /^\d{1,15}$/.test(rev) ? Number(rev) : undefined;
  return { since, isBatched: query.get("frames") === "batches" };
}

/** The push feed: everything on the board to every console, and the consoles' requests to the server. */
export class Hub {
  readonly #options: HubOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: FRAME_LENGTH_BYTES_MAX,
    clientTracking: false,
  });
  readonly #connections = new Set<Connection>();
  readonly counters = {
    connected: 0,
    refusedHost: 0,
    refusedOrigin: 0,
    refusedLogin: 0,
    refusedFull: 0,
    requests: 0,
    acks: 0,
    errors: 0,
    unknowns: 0,
    repeats: 0,
    ignoredText: 0,
    ignoredLength: 0,
    ignoredBusy: 0,
    closedSlow: 0,
    closedAbusive: 0,
    closedLogin: 0,
    protocolErrors: 0,
  };

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Takes over an HTTP upgrade request, or answers it with a refusal. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { origin } = request.headers;
    const refusal = this.#options.admission.refusal({ origin, host: hostOf(request) });
    if (refusal === "host") return this.#refuse(socket, "refusedHost", "421 Misdirected Request");
    if (refusal === "origin") return this.#refuse(socket, "refusedOrigin", "403 Forbidden");
    const identified = this.#options.identify(request);
    if (!identified.ok)
      return this.#refuse(
        socket,
        "refusedLogin",
        identified.problem.status === 401 ? "401 Unauthorized" : "403 Forbidden",
      );
    if (this.#connections.size >= CONNECTIONS_MAX)
      return this.#refuse(socket, "refusedFull", "503 Service Unavailable");
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.counters.connected++;
      const connection = new Connection(
        { socket: webSocket, stream: socket, visitor: identified.value, ...wishesOf(request, this.#options.logId) },
        this.#options,
        this.counters,
      );
      this.#connections.add(connection);
      webSocket.once("close", () => this.#connections.delete(connection));
      connection.start();
    });
  }

  #refuse(
    socket: Duplex,
    counter: "refusedHost" | "refusedOrigin" | "refusedLogin" | "refusedFull",
    status: string,
  ): void {
    this.counters[counter]++;
    this.#options.log.warn({ reason: counter }, "refused a WebSocket");
    refuseUpgrade(socket, status);
  }

  /** Says goodbye to every console, and does not wait long for those that do not answer. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    const endMs = this.#options.clock.monotonicMs() + GOODBYE_MS;
    while (this.#connections.size > 0 && this.#options.clock.monotonicMs() < endMs)
      await new Promise((resolve) => setTimeout(resolve, 10));
    for (const connection of this.#connections) connection.terminate();
  }
}
