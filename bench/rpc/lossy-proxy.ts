// SPDX-License-Identifier: MIT
/* lossy-proxy.ts PORT TARGET DELAY-MS LOSS-PERCENT SEED: a UDP path that delays and loses, the same each time. */
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";

const [port = "0", target = "0", delayMs = "0", lossPercent = "0", seed = "1"] = process.argv.slice(2);
let state = Number(seed) >>> 0 || 1;

/** xorshift32, 0 to 1. */
function draw(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}

function later(send: () => void): void {
  if (draw() * 100 >= Number(lossPercent)) setTimeout(send, Number(delayMs));
}

const near = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
const paths = new Map<number, Socket>();

function pathFor(clientPort: number): Socket {
  const known = paths.get(clientPort);
  if (known !== undefined) return known;
  const far = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
  paths.set(clientPort, far);
  far.on("message", (bytes) => later(() => near.send(bytes, clientPort, "127.0.0.1")));
  return far;
}

near.on("message", (bytes, { port: clientPort }) => {
  const far = pathFor(clientPort);
  later(() => far.send(bytes, Number(target), "127.0.0.1"));
});
near.bind(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
