// SPDX-License-Identifier: MIT
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { nodeCrypto, nodeRandom } from "@mauth/protocol/node-crypto";
import { V1Client, V2CallError, V2Caller } from "@mauth/protocol/rpc";
import type { V1Call, V1Outcome, V2Call } from "@mauth/protocol/rpc";
import { NULL_KEY, NULL_KEY_ID } from "@mauth/protocol/v2";
import { formatEndpoint, isIpv6Endpoint } from "../endpoint.ts";
import type { Endpoint } from "../endpoint.ts";
import { errnoOf, StartError } from "../errors.ts";

/** A key and its id; the null key is for addresses on the v1 allow-list of musersd. */
export interface Credential {
  readonly id: number;
  readonly key: Uint8Array;
}

/** Makes one v1 call on a port of its own. */
export async function callV1(server: Endpoint, call: V1Call): Promise<V1Outcome> {
  const socket = await connect(server);
  const client = new V1Client({ firstSequence: nodeRandom(1)[0] ?? 0 });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<V1Outcome>((resolve, reject) => {
      const tick = (): void => {
        const next = client.tick(nowMs());
        if (next?.type === "outcome") return resolve(next.outcome);
        if (next?.type === "send") socket.send(next.bytes);
        timer = setTimeout(tick, (client.nextDeadlineMs ?? 0) - nowMs());
        return undefined;
      };
      socket.on("error", (error) => reject(unreachable(server, error)));
      socket.on("message", (bytes) => {
        const outcome = client.receive(bytes);
        if (outcome !== undefined) resolve(outcome);
      });
      socket.send(client.start(call, nowMs()));
      tick();
    });
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

/** Opens a v2 session, uses it and closes it. */
export async function withV2<Result>(
  server: Endpoint,
  credential: Credential | undefined,
  use: (call: V2Call) => Promise<Result>,
): Promise<Result> {
  const socket = await connect(server);
  const { id, key } = credential ?? { id: NULL_KEY_ID, key: NULL_KEY };
  let timer: NodeJS.Timeout | undefined;
  const caller: V2Caller = new V2Caller(
    { keyId: id, key, crypto: nodeCrypto, random: nodeRandom },
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
  let failure: Error | undefined;
  socket.on("message", (bytes) => caller.receive(bytes, nowMs()));
  socket.on("error", (error) => {
    failure = unreachable(server, error);
    caller.close();
  });
  try {
    caller.connect(nowMs());
    return await use(caller.call);
  } catch (error) {
    throw error instanceof V2CallError ? (failure ?? unanswered(server, credential, error)) : error;
  } finally {
    socket.removeAllListeners("error").on("error", () => {
      // Nothing is expected of this socket any more.
    });
    caller.close();
    clearTimeout(timer);
    socket.close();
  }
}

async function connect(server: Endpoint): Promise<Socket> {
  const socket = createSocket(isIpv6Endpoint(server) ? "udp6" : "udp4");
  await new Promise<void>((resolve) => socket.connect(server.port, server.address, resolve));
  return socket;
}

function unreachable(server: Endpoint, error: Error): Error {
  const where = formatEndpoint(server);
  if (errnoOf(error) === "ECONNREFUSED") return new StartError(`no musersd listens on ${where}`);
  return new StartError(`cannot reach ${where}: ${error.message}`);
}

function unanswered(server: Endpoint, credential: Credential | undefined, error: V2CallError): Error {
  const where = formatEndpoint(server);
  const { outcome } = error;
  if (outcome.state === "refused") return new StartError(`${where} refused: ${outcome.status}`);
  const hint =
    credential === undefined ? "is this address on its v1 allow-list?" : `does it know key ${credential.id}?`;
  return new StartError(`no answer from ${where} within 6 s; ${hint}`);
}

function nowMs(): number {
  return performance.now();
}
