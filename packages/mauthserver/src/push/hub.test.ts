// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { AnyCommand, SenderStats, Session } from "@mauth/protocol/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import { testAccess } from "../testing/access.ts";
import { TestConsole } from "../testing/console.ts";
import { until } from "../testing/until.ts";
import { Admission } from "./admission.ts";
import { Board } from "./board.ts";
import { Hub } from "./hub.ts";
import { admitVisitor } from "./visitor.ts";

function sender(index: number, packets = 0): SenderStats {
  const id = `edge-1|192.0.2.1>233.252.${index >> 8}.${index & 255}`;
  const counts = { packets, bytes: 0, refusedPackets: 0, lastAt: null };
  return { id, mrouter: "edge-1", source: "192.0.2.1", group: "233.252.0.1", maxTtl: 16, ...counts };
}

const account = (id: string) => ({
  id,
  role: "viewer" as const,
  createdAt: 0,
  lastLoginAt: null,
  lockedUntil: null,
});

const isOf = (command: unknown, entity: AnyCommand["entity"]): boolean =>
  (command as { entity?: unknown }).entity === entity;

const sorted = (all: readonly unknown[]): string[] => all.map((one) => JSON.stringify(one)).sort();

/** No more of a session than the board and its order need. */
const session = (index: number, title: string): Session => ({ id: `s${index}`, title }) as Session;

describe("the push feed", () => {
  let board: Board;
  let hub: Hub;
  let http: Server;
  let port: number;
  let decided: number;
  const open: Array<{ close(): Promise<void> }> = [];

  beforeEach(async () => {
    board = new Board();
    decided = 0;
    http = createServer().listen(0, "127.0.0.1");
    await once(http, "listening");
    port = (http.address() as AddressInfo).port;
    const { gate, cookie } = await testAccess();
    hub = new Hub({
      board,
      admission: new Admission([`http://127.0.0.1:${port}`]),
      version: "1.2.3",
      logId: "log-1",
      clock: systemClock,
      log: silentLog,
      identify: (request) => admitVisitor(request, gate, cookie),
      async decide() {
        decided++;
        return "ack";
      },
    });
    http.on("upgrade", (request, socket, head) => hub.upgrade(request, socket, head));
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
    await hub.close();
    http.close();
    http.closeAllConnections();
  });

  async function openConsole({ isTrusting = false } = {}): Promise<TestConsole> {
    const origin = `http://127.0.0.1:${port}`;
    const opened = await TestConsole.open(`ws://127.0.0.1:${port}/ws`, { origin, isTrusting });
    open.push(opened);
    return opened;
  }

  it("begins with everything, closed by the snapshot, and goes on with changes", async () => {
    board.add("sender", sender(1), 5);
    const opened = await openConsole();
    board.add("sender", sender(1, 9), 6);
    await until(() => opened.commands.length === 3, "the change has arrived");
    expect(opened.commands).toMatchObject([
      { rev: 5, type: "add", entity: "sender", value: { packets: 0 } },
      { rev: 5, type: "add", entity: "snapshot", value: { revision: 5, log: "log-1", version: "1.2.3" } },
      { rev: 6, type: "add", entity: "sender", value: { packets: 9 } },
    ]);
  });

  it(
    "gives a snapshot that is larger than what may be buffered, while the board changes",
    { timeout: 30_000 },
    async () => {
      for (let index = 0; index < 60_000; index++) board.add("sender", sender(index));
      const opening = openConsole({ isTrusting: true });
      await until(() => hub.size === 1, "connected");
      for (let index = 0; index < 60_000; index += 100) board.add("sender", sender(index, 7));
      board.remove("sender", sender(59_999).id);
      const opened = await opening;
      await until(() => opened.entities.size === 59_999, "everything has arrived", 20_000);
      for (let index = 0; index < 59_999; index++)
        if (opened.get("sender", sender(index).id)?.packets !== (index % 100 === 0 ? 7 : 0))
          expect.fail(`sender ${index}`);
      expect(hub.counters.closedSlow).toBe(0);
    },
  );

  it("gives who asks for batches the same in few frames, what a row says before its list, and how far it is", async () => {
    for (let index = 0; index < 3000; index++) board.add("sender", sender(index));
    for (let index = 0; index < 200; index++) board.add("session", session(index, String(999 - index)));
    const plain = await openConsole({ isTrusting: true });
    const frames: unknown[][] = [];
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?frames=batches`);
    socket.on("message", (data: Buffer) => frames.push([JSON.parse(data.toString())].flat()));
    await until(() => frames.at(-1)?.some((one) => isOf(one, "snapshot")) === true, "the snapshot has arrived");
    socket.terminate();
    const commands = frames.flat() as AnyCommand[];
    const kept = commands.filter((one) => one.entity !== "progress" && one.entity !== "snapshot");
    expect(sorted(kept)).toEqual(sorted(plain.commands.slice(0, -1)));
    expect(frames.length).toBeLessThan(3200 / 50);
    const order = [...new Set(kept.map((one) => one.entity))];
    expect(order).toEqual(["session", "sender"]);
    const titles = kept.flatMap((one) =>
      isOf(one, "session") && one.type === "add" ? [(one.value as Session).title] : [],
    );
    expect(titles.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, index) => String(800 + index)));
    const progress = commands.flatMap((one) => (one.entity === "progress" ? [one.value] : []));
    expect(progress.filter(({ sent, total }) => sent === total).map(({ entity, total }) => [entity, total])).toEqual([
      ["mrouter", 0],
      ["grant", 0],
      ["session", 200],
      ["announcement", 0],
      ["ignored", 0],
      ["denied", 0],
      ["sender", 3000],
      ["setting", 0],
      ["account", 0],
      ["token", 0],
    ]);
  });

  it(
    "batches a snapshot that is larger than what may be buffered, while the board changes",
    { timeout: 30_000 },
    async () => {
      for (let index = 0; index < 60_000; index++) board.add("sender", sender(index));
      const url = `ws://127.0.0.1:${port}/ws?frames=batches`;
      const opening = TestConsole.open(url, { origin: `http://127.0.0.1:${port}`, isTrusting: true });
      await until(() => hub.size === 1, "connected");
      for (let index = 0; index < 60_000; index += 100) board.add("sender", sender(index, 7));
      board.remove("sender", sender(59_999).id);
      const opened = await opening;
      open.push(opened);
      await until(() => opened.entities.size === 59_999, "everything has arrived", 20_000);
      for (let index = 0; index < 59_999; index++)
        if (opened.get("sender", sender(index).id)?.packets !== (index % 100 === 0 ? 7 : 0))
          expect.fail(`sender ${index}`);
      expect(hub.counters.closedSlow).toBe(0);
    },
  );

  it("tells a console that comes back what it missed, and a new one everything", async () => {
    board.add("sender", sender(1), 3);
    for (const [index, id] of ["a", "b", "c"].entries()) board.add("account", account(id), 4 + index);
    board.remove("account", "b", 7);
    const origin = `http://127.0.0.1:${port}`;
    const told = async (query: string) => {
      const opened = await TestConsole.open(`ws://127.0.0.1:${port}/ws${query}`, { origin });
      open.push(opened);
      return opened.commands.map(({ type, entity, value }) => `${type} ${entity} ${"id" in value ? value.id : ""}`);
    };
    const passing = `add sender ${sender(1).id}`;
    expect(await told("?log=log-1&rev=5")).toEqual([
      "add resumed ",
      "remove account b",
      passing,
      "add account c",
      "add snapshot ",
    ]);
    expect(await told("?rev=7&log=log-1")).toEqual(["add resumed ", passing, "add snapshot "]);
    expect(await told("?rev=7&log=log-1&frames=batches")).toEqual([
      "add resumed ",
      passing,
      "add progress ",
      "add snapshot ",
    ]);
    const everything = [passing, "add account a", "add account c", "add snapshot "];
    const unknown = ["8", "-1", "x", "99999999999999999999"].map((rev) => `?log=log-1&rev=${rev}`);
    // Without the log, or with that of before a restore, the same revision may be that of another change.
    for (const query of ["", "?rev=5", "?log=log-0&rev=5", "?log=&rev=5", "?log=log-1", ...unknown])
      expect(await told(query)).toEqual(everything);
  });

  it(
    "closes 50 of 200 consoles that stop reading, at a bound, and the others miss nothing",
    { timeout: 60_000 },
    async () => {
      const sockets = Array.from(
        { length: 200 },
        () => new WebSocket(`ws://127.0.0.1:${port}/ws`, { origin: `http://127.0.0.1:${port}` }),
      );
      const last = new Map<WebSocket, number>();
      await Promise.all(sockets.map((socket) => once(socket, "message")));
      const [deaf, reading] = [sockets.slice(0, 50), sockets.slice(50)];
      for (const socket of deaf) socket.pause();
      for (const socket of reading)
        socket.on("message", (data: Buffer) =>
          last.set(socket, (last.get(socket) ?? 0) + (data.includes('"sender"') ? 1 : 0)),
        );
      const title = "x".repeat(16_000);
      let sent = 0;
      while (hub.counters.closedSlow < deaf.length) {
        for (let count = 0; count < 10; count++) board.add("sender", { ...sender(sent++), mrouter: title });
        await until(
          () => reading.every((socket) => last.get(socket) === sent),
          "every reading console has them",
          30_000,
        );
      }
      expect(hub.counters.closedSlow).toBe(50);
      // What the kernel buffers comes on top of ours; without a bound it would be everything.
      expect(sent * title.length).toBeLessThan(40 * 1024 * 1024);
      expect(reading.every((socket) => socket.readyState === WebSocket.OPEN && last.get(socket) === sent)).toBe(true);
      for (const socket of sockets) socket.terminate();
    },
  );

  it("counts 10,000 frames that are no requests, and nothing changes", async () => {
    const opened = await openConsole();
    for (let index = 0; index < 5000; index++) {
      opened.socket.send(Buffer.alloc(index % 11, index));
      opened.socket.send(`{"type":"add","entity":"grant","value":{"n":${index}}}`);
    }
    await until(() => hub.counters.ignoredText + hub.counters.ignoredLength === 10_000, "all are counted");
    expect(decided).toBe(0);
    expect(await opened.call(0, "192.0.2.1", "233.252.0.1", 16)).toBe("ack");
    expect(decided).toBe(1);
  });

  it("closes a console that does not stop to send frames that are no requests", { timeout: 20_000 }, async () => {
    const opened = await openConsole();
    const closed = once(opened.socket, "close");
    const flood = () => {
      if (opened.socket.readyState !== WebSocket.OPEN) return;
      for (let index = 0; index < 1000; index++) opened.socket.send("x");
      setImmediate(flood);
    };
    flood();
    expect((await closed)[0]).toBe(1008);
    expect(hub.counters.closedAbusive).toBe(1);
  });

  it("closes a console that sends a frame of more than 64 KiB", async () => {
    const opened = await openConsole();
    const closed = once(opened.socket, "close");
    opened.socket.send(Buffer.alloc(64 * 1024 + 1));
    expect((await closed)[0]).toBe(1009);
    expect(hub.counters.protocolErrors).toBe(1);
  });

  it("closes a console that does not read at 1 MiB, and the others get everything", async () => {
    const opened = await openConsole({ isTrusting: true });
    const slow = await stuckConsole(port);
    open.push({
      async close() {
        slow.destroy();
      },
    });
    await until(() => hub.size === 2, "both are connected");
    const frames = 60_000;
    for (let index = 0; index < frames; index++) {
      board.add("sender", sender(1, index));
      // As in life, changes come over many turns of the loop.
      if (index % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => opened.commands.length === frames + 1, "the other console got everything", 20_000);
    expect(hub.counters.closedSlow).toBe(1);
  }, 30_000);

  it.each([
    ["another origin", { Origin: "https://evil.example" }, "403"],
    ["another host", { Host: "evil.example" }, "421"],
  ])("refuses %s", async (_, headers, status) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: headers as Record<string, string> });
    const [error] = (await once(socket, "error")) as [Error];
    expect(error.message).toContain(status);
    expect(hub.size).toBe(0);
  });

  it("does not wait at its end for a console that does not answer", async () => {
    const stuck = await stuckConsole(port);
    const closed = once(stuck, "close");
    await until(() => hub.size === 1, "connected");
    const startedMs = performance.now();
    await hub.close();
    await until(() => hub.size === 0, "the connection is gone");
    expect(performance.now() - startedMs).toBeLessThan(3000);
    stuck.resume();
    await closed;
  });

  it("survives frames that break the WebSocket protocol", async () => {
    const socket = await stuckConsole(port);
    socket.resume();
    const closed = once(socket, "close");
    socket.write(Buffer.from("ffffffffffffffff", "hex"));
    await closed;
    expect(hub.counters.protocolErrors).toBe(1);
    await openConsole();
  });
});

/** A WebSocket that was opened and reads nothing any more. */
async function stuckConsole(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await once(socket, "data");
  socket.pause();
  return socket;
}
