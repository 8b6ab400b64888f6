// SPDX-License-Identifier: MIT

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

export type OpenSocket = (events: SocketEvents) => Socket;

/** Connects to /ws of the server that served the page. The only file that knows WebSocket. */
export const openSocket: OpenSocket = (events) => {
  const url = new URL("/ws", window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
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
};
