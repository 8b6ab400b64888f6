// SPDX-License-Identifier: MIT
/* apply.ts PORT COUNT: applies COUNT senders over v2, waits until the mrouter holds them, removes them, prints milliseconds. */
import { createSocket } from "node:dgram";
import { nodeCrypto, nodeRandom } from "@mauth/protocol/node-crypto";
import { applyAll, V2Caller } from "@mauth/protocol/rpc";
import { NULL_KEY, NULL_KEY_ID } from "@mauth/protocol/v2";
import type { Change } from "@mauth/protocol/v2";

const BASE_GROUP = 0xe9fc0000;
const BASE_SOURCE = 0xc6330000;

const [port = "9874", count = "1000"] = process.argv.slice(2);
const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
let timer: NodeJS.Timeout | undefined;
const nowMs = (): number => performance.now();
const caller: V2Caller = new V2Caller(
  { keyId: NULL_KEY_ID, key: NULL_KEY, crypto: nodeCrypto, random: nodeRandom },
  {
    send: (bytes) => socket.send(bytes),
    nowMs,
    onDeadline: () => {
      clearTimeout(timer);
      const deadlineMs = caller.client.nextDeadlineMs;
      if (deadlineMs !== undefined) timer = setTimeout(() => caller.tick(nowMs()), Math.max(0, deadlineMs - nowMs()));
    },
  },
);

function changes(command: Change["command"]): Change[] {
  return Array.from({ length: Number(count) }, (_, index) => ({
    command,
    source: BASE_SOURCE + (index >> 8),
    group: BASE_GROUP + (index & 0xff),
    maxTtl: 16,
  }));
}

async function timed(command: Change["command"]): Promise<number> {
  const all = changes(command);
  // What the caller made before is not the protocol's to clear away.
  globalThis.gc?.();
  const startMs = nowMs();
  const results = await applyAll(caller.call, all);
  const tookMs = nowMs() - startMs;
  const refused = results.filter((result) => result !== undefined).length;
  if (refused > 0) throw new Error(`${refused} of ${count} were refused`);
  return tookMs;
}

async function main(): Promise<void> {
  await caller.call<"ping">({ op: "ping" });
  process.stdout.write(`${JSON.stringify({ addMs: await timed("add"), removeMs: await timed("remove") })}\n`);
  process.exit(0);
}

socket.on("message", (bytes) => caller.receive(bytes, nowMs()));
socket.connect(Number(port), "127.0.0.1", () => {
  caller.connect(nowMs());
  void main();
});
