// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fake-clock.ts";
import { FakeServerEnd } from "../../test/fake-socket.ts";
import { add, grant, progress, resumed, session, snapshotEnd } from "../../test/samples.ts";
import { FLUSH_INTERVAL_MS, Live, SNAPSHOT_TIMEOUT_MS } from "./live.ts";
import type { Known } from "./socket.ts";

function setUp() {
  const clock = new FakeClock();
  const server = new FakeServerEnd();
  const live = new Live(clock, server.open);
  let changes = 0;
  live.subscribe(() => void changes++);
  live.start();
  return { clock, server, live, changes: () => changes };
}

describe("connection", () => {
  it("is live from the end of the snapshot on, not before", () => {
    const { server, live } = setUp();
    server.line.accept();
    server.line.push(add("session", session()));
    expect(live.view().connection.state).toBe("connecting");
    server.line.push(snapshotEnd);
    expect(live.view().connection.state).toBe("live");
    expect(live.view().data.session.size).toBe(1);
  });

  it("shows the first part of a list at once, and keeps apart what is not complete", () => {
    const { clock, server, live, changes } = setUp();
    server.line.accept();
    server.line.batch([add("grant", grant()), progress("grant", 1, 1)]);
    expect(live.view().loading?.data.grant.size).toBe(1);
    const before = changes();
    server.line.batch([add("session", session()), progress("session", 1, 3)]);
    expect(changes() - before).toBe(1);
    server.line.batch([add("session", session({ id: "00000000000000a2" })), progress("session", 2, 3)]);
    expect(changes() - before).toBe(1);
    clock.advance(FLUSH_INTERVAL_MS);
    expect(changes() - before).toBe(2);
    expect(live.view().loading?.data.session.size).toBe(2);
    expect(live.view().loading?.progress.get("session")).toEqual({ entity: "session", sent: 2, total: 3 });
    expect(live.view().data.session.size).toBe(0);
    server.line.batch([add("session", session({ id: "00000000000000a3" })), progress("session", 3, 3)]);
    server.line.push(snapshotEnd);
    expect(live.view().loading).toBeNull();
    expect(live.view().data.session.size).toBe(3);
  });

  it("gives up only a snapshot that stands still", () => {
    const { clock, server, live } = setUp();
    server.line.accept();
    for (let sent = 1; sent <= 5; sent++) {
      clock.advance(SNAPSHOT_TIMEOUT_MS - 1);
      server.line.batch([add("session", session({ id: `00000000000000a${sent}` })), progress("session", sent, 9)]);
    }
    expect(live.view().connection.state).toBe("connecting");
    clock.advance(SNAPSHOT_TIMEOUT_MS);
    expect(live.view().connection.state).toBe("waiting");
    clock.advance(500);
    server.line.accept();
    server.line.batch([progress("mrouter", 0, 0)]);
    expect([...(live.view().loading?.progress.keys() ?? [])]).toEqual(["mrouter"]);
    expect(live.view().loading?.data.session.size).toBe(0);
  });

  it("shows nothing of a batched snapshot after a reconnect before it is complete", () => {
    const { clock, server, live } = setUp();
    server.line.accept();
    server.line.push(add("session", session()), snapshotEnd);
    server.line.close();
    clock.advance(500);
    server.line.accept();
    server.line.batch([add("session", session({ id: "00000000000000a2" })), progress("session", 1, 2)]);
    clock.advance(FLUSH_INTERVAL_MS);
    expect(live.view().loading).toBeNull();
    expect([...live.view().data.session.keys()]).toEqual(["00000000000000a1"]);
    server.line.push(snapshotEnd);
    clock.advance(SNAPSHOT_TIMEOUT_MS);
    expect(live.view().connection.state).toBe("live");
    expect([...live.view().data.session.keys()]).toEqual(["00000000000000a2"]);
  });

  it("counts what is no command in a batch, and takes the rest of it", () => {
    const { server, live } = setUp();
    server.line.accept();
    server.line.events.onText(`[null,[],${JSON.stringify(add("session", session()))}]`);
    server.line.push(snapshotEnd);
    expect(live.view().rejectedFrames).toBe(2);
    expect(live.view().data.session.size).toBe(1);
  });

  it("shows a burst of changes at once, and the first of them without delay", () => {
    const { clock, server, live, changes } = setUp();
    server.line.accept();
    server.line.push(snapshotEnd);
    clock.advance(FLUSH_INTERVAL_MS);
    const before = changes();
    server.line.push(add("grant", grant()));
    clock.advance(0);
    expect(changes() - before).toBe(1);
    for (let host = 1; host <= 100; host++) server.line.push(add("grant", grant({ source: `192.0.2.${host}` })));
    clock.advance(FLUSH_INTERVAL_MS);
    expect(changes() - before).toBe(2);
    expect(live.view().data.grant.size).toBe(100);
  });

  it("keeps what it shows when the connection breaks, and returns after a growing wait", () => {
    const { clock, server, live } = setUp();
    server.line.accept();
    server.line.push(add("session", session()), snapshotEnd);
    server.line.close();
    const lostAtMs = clock.nowMs;
    expect(live.view().connection).toEqual({ state: "waiting", lostAtMs, retryAtMs: lostAtMs + 250 });
    expect(live.view().data.session.size).toBe(1);
    clock.advance(250);
    expect(server.connections).toHaveLength(2);
    server.line.close();
    expect(live.view().connection).toEqual({ state: "waiting", lostAtMs, retryAtMs: lostAtMs + 750 });
    clock.advance(500);
    server.line.accept();
    server.line.push(snapshotEnd);
    server.line.close();
    expect(live.view().connection).toMatchObject({ retryAtMs: clock.nowMs + 250, lostAtMs: clock.nowMs });
  });

  it("reconnects at once when asked, and only once", () => {
    const { clock, server, live } = setUp();
    server.line.close();
    live.start();
    live.start();
    expect(server.connections).toHaveLength(2);
    clock.advance(60_000);
    // Each attempt hangs for 20 s, then waits for 0.5 s and 1 s.
    expect(server.connections).toHaveLength(4);
  });

  it("gives a connection up that does not deliver its snapshot", () => {
    const { clock, server, live } = setUp();
    server.line.accept();
    clock.advance(SNAPSHOT_TIMEOUT_MS);
    expect(live.view().connection.state).toBe("waiting");
  });

  it("asks for what changed since the last revision that it knows, and for everything when it knows none", () => {
    const { clock, server, live } = setUp();
    expect(server.line.known).toBeNull();
    server.line.accept();
    server.line.push(add("session", session()));
    server.line.close();
    clock.advance(500);
    // The first snapshot was not complete.
    expect(server.line.known).toBeNull();
    server.line.accept();
    server.line.push(add("session", session()), snapshotEnd, add("grant", grant(), 12));
    server.line.close();
    clock.advance(500);
    expect(server.line.known).toEqual({ log: "log-1", revision: 12 });
    server.line.accept();
    server.line.push(resumed, add("grant", grant(), 13), snapshotEnd);
    expect(live.view().data.session.size).toBe(1);
    expect(live.view().connection.state).toBe("live");
  });

  it("asks for everything after a frame that it did not understand, until it has understood everything", () => {
    const { clock, server } = setUp();
    const reconnect = (...frames: readonly string[]): Known | null => {
      server.line.accept();
      for (const frame of frames) server.line.events.onText(frame);
      server.line.push(snapshotEnd);
      server.line.close();
      clock.advance(60_000);
      return server.line.known;
    };
    expect(reconnect('{"rev":9,"type":"add","entity":"future","value":{}}')).toBeNull();
    expect(reconnect("{")).toBeNull();
    expect(reconnect()).toEqual({ log: "log-1", revision: 7 });
  });

  it("counts frames that are no command and goes on", () => {
    const { clock, server, live } = setUp();
    server.line.accept();
    server.line.push(snapshotEnd);
    for (const text of ["", "{", "null", '{"rev":1}', '{"rev":1,"type":"add","entity":"grant","value":{"id":"x"}}']) {
      server.line.events.onText(text);
    }
    server.line.push(add("grant", grant()));
    clock.advance(FLUSH_INTERVAL_MS);
    expect(live.view().rejectedFrames).toBe(5);
    expect(live.view().data.grant.size).toBe(1);
  });

  it("sends commands over the connection of the moment", async () => {
    const { server, live } = setUp();
    server.line.accept();
    server.line.push(snapshotEnd);
    const call = live.call({ command: "add", source: "192.0.2.1", group: "233.252.0.1", maxTtl: 16 });
    expect(server.line.received.map((bytes) => Buffer.from(bytes).toString("hex"))).toEqual(["0000c0000201e9fc000110"]);
    server.line.answer(0x00, 0x00);
    expect(await call).toBe("ack");
  });

  it("ends the command under way as unknown when the connection breaks", async () => {
    const { server, live } = setUp();
    server.line.accept();
    server.line.push(snapshotEnd);
    const command = { command: "add", source: "192.0.2.1", group: "233.252.0.1", maxTtl: 16 } as const;
    const calls = [live.call(command), live.call(command)];
    server.line.close();
    expect(await Promise.all(calls)).toEqual(["unknown", "not-sent"]);
  });
});
