// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { StartError } from "../errors.ts";
import { loadNative } from "../native.ts";
import { DATAGRAM_LENGTH_BYTES_MAX, UdpSocket } from "./udp-socket.ts";
import type { Peer } from "./udp-socket.ts";

const FAULTY_RECEIVER = fileURLToPath(new URL("../../test/faulty-receiver.ts", import.meta.url));
const LOOPBACK = 0x7f000001;
const native = loadNative();
let server: UdpSocket;
let client: Socket;

beforeEach(async () => {
  server = new UdpSocket(native, { address: "127.0.0.1", port: 0 });
  client = createSocket({ type: "udp4", recvBufferSize: 4 * 1024 * 1024 });
  client.connect(server.port, "127.0.0.1");
  await once(client, "connect");
});
afterEach(() => {
  server.close();
  client.close();
});

async function received(count: number): Promise<Buffer[]> {
  const datagrams: Buffer[] = [];
  while (datagrams.length < count) datagrams.push(((await once(client, "message")) as [Buffer])[0]);
  return datagrams;
}

it("hands over the bytes and the peer, and answers it", async () => {
  server.onDatagram((bytes, peer) => {
    expect(peer).toEqual({ address: LOOPBACK, port: client.address().port });
    server.send(Uint8Array.from([...bytes, 7]), peer);
  });
  client.send(Uint8Array.of(1, 2, 3));
  expect(await received(1)).toEqual([Buffer.from([1, 2, 3, 7])]);
});

it("answers a burst of 1000 datagrams, each with its own", async () => {
  server.onDatagram((bytes, peer) => server.send(bytes, peer));
  const answers: number[] = [];
  const all = new Promise<void>((resolve) => {
    client.on("message", (bytes) => {
      answers.push(bytes.readUInt32BE());
      if (answers.length === 1000) resolve();
    });
  });
  for (let index = 0; index < 1000; index++) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(index);
    client.send(bytes);
  }
  await all;
  expect(answers.sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
});

it("sends more answers than one batch holds for a single datagram", async () => {
  server.onDatagram((_bytes, peer) => {
    for (let index = 0; index < 150; index++) server.send(Uint8Array.of(index), peer);
  });
  client.send(Uint8Array.of(0));
  const answers = await received(150);
  expect(answers.map((bytes) => bytes[0])).toEqual(Array.from({ length: 150 }, (_, index) => index));
});

it("bytes that were kept do not change with the next datagram", async () => {
  const kept: Uint8Array[] = [];
  const both = new Promise<void>((resolve) => {
    server.onDatagram((bytes) => {
      kept.push(bytes);
      if (kept.length === 2) resolve();
    });
  });
  client.send(Uint8Array.of(1));
  client.send(Uint8Array.of(2));
  await both;
  expect(kept).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
});

it("takes an empty datagram and cuts one that is too long", async () => {
  const lengths: number[] = [];
  const both = new Promise<void>((resolve) => {
    server.onDatagram((bytes) => {
      lengths.push(bytes.length);
      if (lengths.length === 2) resolve();
    });
  });
  client.send(new Uint8Array(0));
  client.send(new Uint8Array(5000));
  await both;
  expect(lengths).toEqual([0, DATAGRAM_LENGTH_BYTES_MAX]);
});

it("sends without having been asked", async () => {
  const peer: Peer = { address: LOOPBACK, port: client.address().port };
  server.send(Uint8Array.of(9), peer);
  expect(await received(1)).toEqual([Buffer.from([9])]);
});

it.each([
  { listen: "::1", from: "::1", seenAs: 1n },
  { listen: "::", from: "::1", seenAs: 1n },
  { listen: "::", from: "127.0.0.1", seenAs: LOOPBACK },
])("hears $from on $listen, and answers it", async ({ listen, from, seenAs }) => {
  const both = new UdpSocket(native, { address: listen, port: 0 });
  const other = createSocket(from.includes(":") ? "udp6" : "udp4");
  try {
    other.connect(both.port, from);
    await once(other, "connect");
    both.onDatagram((bytes, peer) => both.send(Uint8Array.from([...bytes, Number(peer.address === seenAs)]), peer));
    other.send(Uint8Array.of(5));
    const [answer] = (await once(other, "message")) as [Buffer];
    expect(answer).toEqual(Buffer.from([5, 1]));
  } finally {
    other.close();
    both.close();
  }
});

it("says when the port is taken", () => {
  expect(() => new UdpSocket(native, { address: "127.0.0.1", port: server.port })).toThrow(StartError);
  expect(() => new UdpSocket(native, { address: "127.0.0.1", port: server.port })).toThrow(/the port is taken/);
});

it("a fault in the receiver ends the process instead of deafening it", () => {
  const { status, stderr } = spawnSync(process.execPath, [FAULTY_RECEIVER], { encoding: "utf8", timeout: 10_000 });
  expect(stderr).toContain("Error: faulty receiver");
  expect(status).toBe(1);
});
