// SPDX-License-Identifier: MIT
import type { Gate } from "./access.ts";

/** What a connection reports. After `onClose` it reports nothing more. */
export interface SocketEvents {
  onOpen(): void;
  onText(text: string): void;
  onBytes(bytes: Uint8Array): void;
  onClose(): void;
}

export interface Socket {
  /** Sends a binary frame; silently dropped while the connection is not open. */
  send(bytes: Uint8Array): void;
  close(): void;
}

/** How far everything is known: up to a revision of a log. */
export interface Known {
  readonly log: string;
  readonly revision: number;
}

/** Connects; `known` is null when nothing is. */
export type OpenSocket = (events: SocketEvents, known: Known | null) => Socket;

/** Connects to /ws of the server that served the page, once `gate` knows who is asking. */
export function socketOpener(gate: Gate): OpenSocket {
  return (events, known) => {
    let socket: Socket | null = null;
    let closed = false;
    const closeOnce = (): void => {
      if (closed) return;
      closed = true;
      events.onClose();
    };
    void gate.check().then((mayOpen) => {
      if (closed) return;
      if (!mayOpen) closeOnce();
      else socket = openWebSocket(addressOf(gate.api.csrfToken, known), { ...events, onClose: closeOnce });
    });
    return {
      send: (bytes) => socket?.send(bytes),
      close: () => {
        socket?.close();
        closeOnce();
      },
    };
  };
}

function addressOf(csrfToken: string, known: Known | null): URL {
  const url = new URL("/ws", window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("frames", "batches");
  if (csrfToken !== "") url.searchParams.set("csrf", csrfToken);
  if (known !== null) {
    url.searchParams.set("log", known.log);
    url.searchParams.set("rev", String(known.revision));
  }
  return url;
}

/** The only place that knows WebSocket. */
function openWebSocket(url: URL, events: SocketEvents): Socket {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  let closed = false;
  // A socket can stay in CLOSING for a minute when the network is gone; the console does not wait for it.
  const closeOnce = (): void => {
    if (closed) return;
    closed = true;
    events.onClose();
  };
  socket.addEventListener("open", () => closed || events.onOpen());
  socket.addEventListener("close", closeOnce);
  socket.addEventListener("message", (message: MessageEvent<unknown>) => {
    if (closed) return;
    if (typeof message.data === "string") events.onText(message.data);
    else if (message.data instanceof ArrayBuffer) events.onBytes(new Uint8Array(message.data));
  });
  return {
    send: (bytes) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array(bytes));
    },
    close: () => {
      socket.close();
      closeOnce();
    },
  };
}
