// SPDX-License-Identifier: MIT
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parseIpv4 } from "../src/ipv4.ts";
import { MemorySlots, V1Server } from "../src/rpc/index.ts";
import type { Request } from "../src/v1/index.ts";

const CLIENT = join(import.meta.dirname, "../../../examples/v1_client.py");

let socket: Socket | undefined;

afterEach(() => {
  socket?.close();
  socket = undefined;
});

/** Serves v1 on a loopback port; `deaf` datagrams are lost on their way in, `mute` responses on their way out. */
async function serve(losses: { deaf?: number; mute?: number } = {}) {
  let { deaf = 0, mute = 0 } = losses;
  const executed: Request[] = [];
  const server = new V1Server({ memory: new MemorySlots(), execute: (request) => void executed.push(request) });
  const bound = createSocket("udp4");
  socket = bound;
  bound.on("message", (bytes, from) => {
    if (deaf-- > 0) return;
    const peer = { address: parseIpv4(from.address) ?? 0, port: from.port };
    const response = server.receive(peer, bytes, performance.now());
    if (response !== undefined && mute-- <= 0) bound.send(response, from.port, from.address);
  });
  bound.bind(0, "127.0.0.1");
  await once(bound, "listening");
  return { executed, server, address: `127.0.0.1:${bound.address().port}` };
}

/** Runs the client; resolves with what it printed and its exit code. */
function run(...args: readonly string[]): Promise<{ output: string; code: number | string | null | undefined }> {
  return new Promise((resolve) => {
    execFile("python3", [CLIENT, ...args], (error, output) => {
      resolve({ output: output.trim(), code: error === null ? 0 : error.code });
    });
  });
}

describe("the Python client of the protocol page", () => {
  it("adds and removes a sender", async () => {
    const { executed, address } = await serve();
    expect(await run("add", "192.0.2.1", "233.252.0.1", "16", "--server", address)).toEqual({ output: "ACK", code: 0 });
    expect(await run("remove", "192.0.2.1", "233.252.0.1", "--server", address)).toEqual({ output: "ACK", code: 0 });
    const sender = { source: 0xc0000201, group: 0xe9fc0001 };
    expect(executed).toMatchObject([
      { command: 0, ...sender, maxTtl: 16 },
      { command: 1, ...sender, maxTtl: 0 },
    ]);
  });

  it("reports an ERROR", async () => {
    const { executed, address } = await serve();
    expect(await run("add", "192.0.2.1", "192.0.2.2", "16", "--server", address)).toEqual({ output: "ERROR", code: 1 });
    expect(executed).toEqual([]);
  });

  it("gets through a network that loses requests and responses, and is executed once", async () => {
    const { executed, server, address } = await serve({ deaf: 1, mute: 1 });
    expect((await run("add", "192.0.2.1", "233.252.0.1", "16", "--server", address)).output).toBe("ACK");
    expect(executed.length).toBe(1);
    expect(server.counters.repeated).toBe(1);
  });
});
