// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { WebSocket } from "ws";
import { until } from "./until.ts";
import { ADD, REMOVE, v1Bytes } from "./v1.ts";

/** An entity of the push feed, as it came; tests look at what they assert. */
export type Entity = Record<string, unknown>;

interface PushedCommand {
  readonly type: "add" | "remove";
  readonly entity: string;
  readonly value: Entity;
}

/** A console without a browser: it follows the push feed and speaks the 11-byte protocol over its WebSocket. */
export class ConsoleClient {
  readonly #socket: WebSocket;
  readonly #entities = new Map<string, Map<unknown, Entity>>();
  readonly #responses: Uint8Array[] = [];
  /** Random, because a connection may take over an old one's address and port. */
  #sequence = Math.floor(Math.random() * 256);

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.#responses.push(data);
      else this.#apply(JSON.parse(data.toString()) as PushedCommand);
    });
    socket.on("error", () => undefined); // The socket closes next, which is what tests look at.
  }

  /** Connects and waits for the snapshot that ends what a new console is told. */
  static async connect(url: string): Promise<ConsoleClient> {
    const socket = new WebSocket(`${url.replace("http:", "ws:")}/ws`, { perMessageDeflate: false });
    const client = new ConsoleClient(socket);
    await once(socket, "open");
    await until(() => client.all("snapshot").length > 0, { what: "the snapshot of the push feed" });
    return client;
  }

  get connected(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** All entities of a kind as they are now. */
  all(entity: string): Entity[] {
    return [...(this.#entities.get(entity)?.values() ?? [])];
  }

  /** Permits a sender; resolves to what came back. */
  permit(source: string, group: string, maxTtl: number): Promise<"ack" | "error"> {
    return this.call(ADD, source, group, maxTtl);
  }

  /** Revokes a sender; resolves to what came back. */
  revoke(source: string, group: string): Promise<"ack" | "error"> {
    return this.call(REMOVE, source, group, 0);
  }

  /** One v1 request over the WebSocket and its response. */
  async call(command: number, source: string, group: string, maxTtl: number): Promise<"ack" | "error"> {
    this.#sequence = (this.#sequence + 1) % 256;
    const before = this.#responses.length;
    this.#socket.send(v1Bytes({ sequence: this.#sequence, command, source, group, maxTtl }));
    const response = await until(() => this.#responses[before], { what: `the response for ${source} to ${group}` });
    if (response.length !== 2 || response[1] !== this.#sequence)
      throw new Error(`unexpected response ${response.join(" ")}`);
    return response[0] === 0x00 ? "ack" : "error";
  }

  /** Sends any frame, for tests of bad input. */
  sendRaw(frame: Uint8Array | string): void {
    this.#socket.send(frame);
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  #apply(command: PushedCommand): void {
    const kind = this.#entities.get(command.entity) ?? new Map<unknown, Entity>();
    this.#entities.set(command.entity, kind);
    const id = command.value["id"] ?? command.entity; // A snapshot has no id; there is one.
    if (command.type === "add") kind.set(id, command.value);
    else kind.delete(id);
  }
}
