// SPDX-License-Identifier: MIT
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, it } from "vitest";
import { parseEndpoint } from "../listen-address.ts";
import { UdpSocket } from "./udp-socket.ts";

it.each([
  ["udp4", "127.0.0.1"],
  ["udp6", "[::1]"],
] as const)("reaches an mrouter over %s at %s", async (type, host) => {
  const mrouter = createSocket(type, (bytes, { address, port }) => mrouter.send(bytes, port, address));
  mrouter.bind(0, host.replaceAll(/[[\]]/g, ""));
  await once(mrouter, "listening");
  const endpoint = parseEndpoint(`${host}:${mrouter.address().port}`);
  if (endpoint === undefined) throw new Error("an address of an mrouter that cannot be read");
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  const socket = await UdpSocket.connect(endpoint, { onDatagram: resolve });
  socket.send(Uint8Array.of(1, 2, 3));
  expect(Array.from(await promise)).toEqual([1, 2, 3]);
  socket.close();
  mrouter.close();
});
