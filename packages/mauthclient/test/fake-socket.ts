// SPDX-License-Identifier: MIT
import type { AnyCommand } from "@mauth/protocol/api";
import type { Known, OpenSocket, SocketEvents } from "../src/state/socket.ts";

/** The server's end of the connections that a console opens. */
export class FakeServerEnd {
  readonly connections: FakeConnection[] = [];

  readonly open: OpenSocket = (events, known) => {
    const connection = new FakeConnection(events, known);
    this.connections.push(connection);
    return { send: (bytes) => void connection.received.push(bytes), close: () => connection.close() };
  };

  /** The newest connection. */
  get line(): FakeConnection {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error("nobody connected");
    return last;
  }
}

export class FakeConnection {
  readonly events: SocketEvents;
  /** The revision that the console says it knows. */
  readonly known: Known | null;
  /** Binary frames from the console. */
  readonly received: Uint8Array[] = [];
  #isClosed = false;

  constructor(events: SocketEvents, known: Known | null) {
    this.events = events;
    this.known = known;
  }

  accept(): void {
    this.events.onOpen();
  }

  push(...commands: readonly AnyCommand[]): void {
    for (const command of commands) this.events.onText(JSON.stringify(command));
  }

  /** One frame of several commands, as `?frames=batches` asks for. */
  batch(commands: readonly AnyCommand[]): void {
    this.events.onText(JSON.stringify(commands));
  }

  answer(...bytes: number[]): void {
    this.events.onBytes(Uint8Array.from(bytes));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.events.onClose();
  }
}
