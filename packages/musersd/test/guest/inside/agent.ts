// SPDX-License-Identifier: MIT
/* A host of the lab: sends and receives UDP in the network namespace that it was started in, as it is told over IPC. */
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";

/** What an agent is told to do; each is answered by the count that it leaves. */
export type Order =
  | { readonly op: "send"; readonly group: string; readonly ttl: number; readonly count: number }
  /** Sends until it is told to stop. */
  | { readonly op: "flood"; readonly group: string }
  | { readonly op: "stop" }
  | { readonly op: "join"; readonly group: string }
  /** Answers how many packets to the group have come. */
  | { readonly op: "count"; readonly group: string };

const PORT = 5004;
const [, , address = ""] = process.argv;
const isIpv6 = address.includes(":");
const family = isIpv6 ? "udp6" : "udp4";
const received = new Map<string, { readonly socket: Socket; count: number }>();
/** Ends the flood that there is. */
let flood = new AbortController();

const sender = createSocket(family);
sender.bind(0, isIpv6 ? "::" : address, () => {
  sender.setMulticastInterface(address);
  process.on("message", (order: Order) => void execute(order).then((count) => process.send?.(count)));
  process.send?.(0);
});

async function execute(order: Order): Promise<number> {
  switch (order.op) {
    case "send":
      sender.setMulticastTTL(order.ttl);
      for (let index = 0; index < order.count; index++) await send(order.group);
      return order.count;
    case "flood":
      flood = new AbortController();
      void sendUntil(flood.signal, order.group);
      return 0;
    case "stop":
      flood.abort();
      return 0;
    case "join":
      return join(order.group);
    case "count":
      return received.get(order.group)?.count ?? 0;
    default:
      return order satisfies never;
  }
}

function send(group: string): Promise<void> {
  return new Promise((resolve) => sender.send("x", PORT, group, () => resolve()));
}

async function sendUntil(signal: AbortSignal, group: string): Promise<void> {
  while (!signal.aborted) {
    await send(group);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Bound to the group, so that each socket hears one. */
function join(group: string): Promise<number> {
  if (received.has(group)) return Promise.resolve(0);
  const socket = createSocket({ type: family, reuseAddr: true });
  const entry = { socket, count: 0 };
  received.set(group, entry);
  socket.on("message", () => entry.count++);
  return new Promise((resolve) =>
    socket.bind(PORT, group, () => {
      socket.addMembership(group, address);
      resolve(0);
    }),
  );
}
