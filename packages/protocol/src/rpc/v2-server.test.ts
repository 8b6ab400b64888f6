// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { ADD, hello, open, PEER, RawSession } from "../../test/support/raw-session.ts";
import { KEY, KEY_ID, makeServer } from "../../test/support/v2-pair.ts";
import { decodeEvent, decodeNoSession, NULL_KEY, NULL_KEY_ID, OP } from "../v2/index.ts";
import type { V2Event } from "../v2/index.ts";
import { MemoryTerm } from "./index.ts";

const APPLY = { op: "apply", changes: [ADD] } as const;
const PING = { op: "ping" } as const;

/** 2001:db8::1 and ff3e::8000:1. */
const IPV6_KEY = [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1, 0xff, 0x3e, ...Array(10).fill(0), 0x80, 0, 0, 1];

describe("v2 server: who is heard", () => {
  it("[V2-3] refuses a frame with any one byte altered, and changes nothing", () => {
    const { server, table } = makeServer();
    const session = new RawSession(server);
    const frame = session.frame(APPLY);
    for (let index = 0; index < frame.length; index++) {
      for (const bit of [1, 0x80]) {
        const altered = frame.slice();
        altered[index] = (altered[index] ?? 0) ^ bit;
        const answer = session.send(altered);
        expect(answer === undefined || decodeNoSession(answer) !== undefined).toBe(true);
      }
    }
    expect(table.applied).toEqual([]);
    expect(session.send(frame)).toBeDefined();
    expect(table.applied.length).toBe(1);
  });

  it("[V2-3] refuses a HELLO with any one byte altered", () => {
    const { server } = makeServer();
    const { helloBytes } = new RawSession(server);
    for (let index = 0; index < helloBytes.length; index++) {
      const altered = helloBytes.slice();
      altered[index] = (altered[index] ?? 0) ^ 1;
      const [answer] = server.receive(PEER, altered, 0);
      expect(answer === undefined || decodeNoSession(answer.bytes) !== undefined).toBe(true);
    }
    expect(server.counters.hellos).toBe(1);
  });

  it("[V2-5] takes the null key only from peers that it trusts for their address", () => {
    const { server } = makeServer({ allowNullKey: (peer) => peer.port === 1 });
    const options = { key: NULL_KEY, keyId: NULL_KEY_ID };
    expect(() => new RawSession(server, options)).toThrow("not answered");
    const session = new RawSession(server, { ...options, peer: { ...PEER, port: 1 } });
    expect(session.call(PING)).toBe("ok");
    session.peer = { ...PEER, port: 2 };
    expect(session.call(PING, { sequence: 2 })).toBe(undefined);
    expect(server.counters.droppedNullKey).toBe(2);
  });

  it("[V2-5] takes the null key from nobody when it is not told whom to trust", () => {
    const { server } = makeServer();
    expect(() => new RawSession(server, { key: NULL_KEY, keyId: NULL_KEY_ID })).toThrow("not answered");
  });

  it("[V2-26] a key under another id, and another key under the id, are refused", () => {
    const { server } = makeServer();
    expect(() => new RawSession(server, { keyId: KEY_ID + 1 })).toThrow("not answered");
    expect(() => new RawSession(server, { key: KEY.toReversed() })).toThrow("not answered");
    expect(server.counters).toMatchObject({ droppedKey: 1, droppedMac: 1 });
  });

  it("[V2-26] keys change while sessions of the others go on", () => {
    const { server } = makeServer();
    const stays = new RawSession(server);
    expect(stays.call(PING)).toBe("ok");
    const other = KEY.toReversed();
    const second = [KEY_ID + 1, other] as const;
    server.setKeys(new Map([[KEY_ID, KEY], second]));
    const fresh = new RawSession(server, { key: other, keyId: KEY_ID + 1 });
    expect([fresh.call(PING), stays.call(PING, { sequence: 2 })]).toEqual(["ok", "ok"]);
    server.setKeys(new Map([second]));
    expect(stays.call(PING, { sequence: 3 })).toBe(undefined);
    expect(fresh.call(PING, { sequence: 2 })).toBe("ok");
  });

  it("[V2-25] counts every datagram that it drops in a class of its own", () => {
    const { server } = makeServer();
    const session = new RawSession(server);
    const frame = session.frame(PING);
    const spoilt = (index: number, value: number) => {
      const bytes = frame.slice();
      bytes[index] = value;
      return bytes;
    };
    const bad = [new Uint8Array(55), new Uint8Array(1201), spoilt(0, 0), spoilt(2, 3), spoilt(2, 1), spoilt(16, 0xff)];
    for (const bytes of [...bad, spoilt(4, 9), spoilt(7, 0), spoilt(8, session.helloBytes[8] ?? 0), spoilt(50, 0xaa)]) {
      session.send(bytes);
    }
    expect(server.counters).toMatchObject({ droppedLength: 2, droppedMagic: 1, droppedFlags: 2, droppedNumber: 1 });
    expect(server.counters).toMatchObject({ droppedKey: 1, droppedNullKey: 1, droppedSession: 1, droppedMac: 1 });
  });
});

describe("v2 server: sessions", () => {
  it("[V2-6] answers a retransmitted HELLO with the same bytes", () => {
    const { server } = makeServer();
    const { helloBytes, helloAnswer } = new RawSession(server);
    expect(server.receive(PEER, helloBytes, 1)).toEqual([{ peer: PEER, bytes: helloAnswer }]);
  });

  it("[V2-6] never answers more bytes than it got before a session proves the address", () => {
    const { server } = makeServer();
    const session = new RawSession(server);
    expect(session.helloAnswer.length).toBeLessThanOrEqual(session.helloBytes.length);
    const stray = new RawSession(makeServer({ bootEpoch: 2 }).server, { nonce: 1 }).frame(PING);
    expect(session.send(stray)?.length).toBe(40);
  });

  it("[V2-7] a session lives from its first genuine frame; 1000 replayed HELLOs displace nothing", () => {
    const { server } = makeServer();
    const session = new RawSession(server);
    expect(server.sessionCount).toBe(0);
    expect(session.call(PING)).toBe("ok");
    expect(server.sessionCount).toBe(1);
    for (let count = 0; count < 1000; count++) {
      server.receive(PEER, hello({ key: KEY, keyId: KEY_ID, nonce: count & 255, replaces: [] }), 0);
    }
    expect(session.call(PING, { sequence: 2 })).toBe("ok");
    expect(server.sessionCount).toBe(1);
  });

  it("[V2-7] keeps the 16 last pending and the 8 last used sessions of a key", () => {
    const { server } = makeServer();
    const sessions = Array.from({ length: 18 }, (_, index) => new RawSession(server, { nonce: index }));
    expect(sessions.map((session) => session.call(PING)).slice(0, 3)).toEqual(["no-session", "no-session", "ok"]);
    expect(server.sessionCount).toBe(8);
    const again = sessions.map((session) => session.call(PING, { sequence: 2 }));
    expect(again.slice(0, 10).every((status) => status !== "ok")).toBe(true);
    expect(again.slice(10)).toEqual(Array(8).fill("ok"));
  });

  it("[V2-7] forgets a session that nobody used for an hour", () => {
    const { server } = makeServer();
    const session = new RawSession(server);
    session.call(PING);
    server.tick(3_600_000);
    expect(server.sessionCount).toBe(1);
    server.tick(3_600_001);
    expect(server.sessionCount).toBe(0);
  });

  it("[V2-20] a session dies when one that replaces it proves itself, and not before", () => {
    const { server, table } = makeServer();
    const old = new RawSession(server, { nonce: 1 });
    old.call(PING);
    const next = new RawSession(server, { nonce: 2, replaces: [old.keys.sessionId] });
    expect(old.call(PING, { sequence: 2 })).toBe("ok");
    expect(next.call(PING)).toBe("ok");
    expect(old.call(APPLY, { sequence: 3 })).toBe("no-session");
    expect(table.applied).toEqual([]);
  });

  it("[V2-20] a session that was never used dies, too", () => {
    const { server } = makeServer();
    const old = new RawSession(server, { nonce: 1 });
    const next = new RawSession(server, { nonce: 2, replaces: [old.keys.sessionId] });
    expect(next.call(PING)).toBe("ok");
    expect(old.call(APPLY)).toBe("no-session");
  });

  it("[V2-9] after a restart no frame of an earlier session acts", () => {
    const before = makeServer();
    const session = new RawSession(before.server);
    const frame = session.frame(APPLY);
    const { server, table } = makeServer({ bootEpoch: 1001, random: (length) => new Uint8Array(length).fill(0x99) });
    const [answer] = server.receive(PEER, frame, 0);
    expect(answer && decodeNoSession(answer.bytes)?.bootEpoch).toBe(1001);
    expect(table.applied).toEqual([]);
  });

  it('[V2-9] says "no session" at most 10 times a second', () => {
    const { server } = makeServer();
    const stray = new RawSession(makeServer().server, { nonce: 9 }).frame(PING);
    const answers = (nowMs: number) => Array.from({ length: 50 }, () => server.receive(PEER, stray, nowMs).length);
    expect(answers(0).filter((count) => count === 1).length).toBe(10);
    expect(answers(500).filter((count) => count === 1).length).toBe(5);
    expect(answers(10_000).filter((count) => count === 1).length).toBe(10);
    expect(server.counters.droppedSession).toBe(150);
  });
});

describe("v2 server: at most once", () => {
  it("[V2-8] answers a retransmission with the same bytes and executes it once", () => {
    const { server, table } = makeServer();
    const session = new RawSession(server);
    const frame = session.frame(APPLY);
    const first = session.send(frame);
    session.nowMs = 5000;
    for (let copy = 0; copy < 3; copy++) expect(session.send(frame)).toEqual(first);
    expect(table.applied.length).toBe(1);
    expect(server.counters).toMatchObject({ answered: 1, repeated: 3 });
  });

  it("[V2-8] executes requests in any order within 64 and never one that is older", () => {
    const { server, table } = makeServer();
    const session = new RawSession(server);
    expect(session.call(APPLY, { sequence: 100 })).toBe("ok");
    for (let sequence = 99; sequence >= 1; sequence--) {
      expect(session.call(APPLY, { sequence })).toBe(sequence > 36 ? "ok" : undefined);
    }
    expect(table.applied.length).toBe(64);
    expect(server.counters.droppedOld).toBe(36);
    for (let sequence = 1; sequence <= 100; sequence++) session.call(APPLY, { sequence });
    expect(table.applied.length).toBe(64);
  });

  it("[V2-8] executes no other request under a number in the window", () => {
    const { server, table } = makeServer();
    const session = new RawSession(server);
    session.call(APPLY);
    expect(session.call({ op: "apply", changes: [{ ...ADD, maxTtl: 17 }] })).toBe(undefined);
    expect(table.applied.length).toBe(1);
    expect(server.counters.droppedReplay).toBe(1);
  });

  it("[V2-8] sends a kept response only to the address that it was made for", () => {
    const { server } = makeServer();
    const session = new RawSession(server);
    const frame = session.frame(PING);
    session.send(frame);
    for (const peer of [
      { ...PEER, port: 1 },
      { ...PEER, address: "192.0.2.10" },
    ]) {
      expect(server.receive(peer, frame, 0)).toEqual([]);
    }
  });
});

describe("v2 server: terms", () => {
  it("[V2-18] refuses a term below the highest seen, whatever the operation", () => {
    const { server, table } = makeServer();
    const session = new RawSession(server);
    expect(session.call(PING, { sequence: 1, term: 5 })).toBe("ok");
    expect(session.call(APPLY, { sequence: 2, term: 4 })).toBe("stale-term");
    expect(session.call(PING, { sequence: 3, term: 1 })).toBe("stale-term");
    expect(session.call(APPLY, { sequence: 4, term: 5 })).toBe("ok");
    expect(session.call(APPLY, { sequence: 5, term: 0 })).toBe("ok");
    expect([server.term, table.applied.length]).toEqual([5, 2]);
  });

  it("[V2-18] remembers the term over a restart, and before it executes anything", () => {
    const termMemory = new MemoryTerm();
    const { server } = makeServer({ termMemory });
    new RawSession(server).call(PING, { term: 7 });
    expect(termMemory.load()).toBe(7);
    const after = makeServer({ termMemory, bootEpoch: 1001 });
    const session = new RawSession(after.server);
    expect(open(session.helloAnswer).term).toBe(7);
    expect(session.call(APPLY, { term: 6 })).toBe("stale-term");
    expect(after.table.applied).toEqual([]);
  });

  it("[V2-18] a forged frame, and a HELLO, raise no term", () => {
    const { server } = makeServer();
    const session = new RawSession(server);
    const frame = session.frame(PING, { term: 9 });
    frame[60] = (frame[60] ?? 0) ^ 1;
    frame[frame.length - 1] = (frame[frame.length - 1] ?? 0) ^ 1;
    session.send(frame);
    expect(server.term).toBe(0);
  });
});

describe("v2 server: requests", () => {
  it("[V2-24] answers an operation it does not know, and a body it cannot read, with a status", () => {
    const { server, table } = makeServer();
    const session = new RawSession(server);
    expect(session.call({ op: 99, body: new Uint8Array(3) })).toBe("unsupported");
    expect(session.call({ op: OP.apply, body: new Uint8Array(13) }, { sequence: 2 })).toBe("malformed");
    expect(session.call({ op: OP.list, body: Uint8Array.of(4, 0) }, { sequence: 3 })).toBe("malformed");
    expect(session.call({ op: OP.ping, body: Uint8Array.of(0) }, { sequence: 4 })).toBe("malformed");
    expect(table.applied).toEqual([]);
    expect(server.counters).toMatchObject({ unsupported: 1, malformed: 3 });
  });

  it.each([
    ["IPv6 addresses and a flag that nobody knows", [0, 0x81, ...IPV6_KEY, 16, 0, 0, 0]],
    ["an extension that nobody knows", [0, 2, 0xc0, 0, 2, 1, 0xe9, 0xfc, 0, 1, 16, 0, 0, 0, 6, 9, 4, 0, 0, 3, 0xe8]],
    ["IPv6 addresses and an extension that nobody knows", [0, 3, ...IPV6_KEY, 16, 0, 0, 0, 3, 9, 1, 4]],
    ["a flag that nobody knows", [0, 0x80, 0xc0, 0, 2, 1, 0xe9, 0xfc, 0, 1, 16, 0, 0, 0]],
  ])("[V2-11] an entry with %s is unsupported, and the entries around it are executed", (_, entry) => {
    const { server, table } = makeServer();
    const session = new RawSession(server);
    const plain = [0, 0, 0xc0, 0, 2, 1, 0xe9, 0xfc, 0, 1, 16, 0, 0, 0];
    const answer = session.send(session.frame({ op: OP.apply, body: Uint8Array.of(...plain, ...entry, ...plain) }));
    expect(answer && [...open(answer).body.subarray(13)]).toEqual([0, 8, 0]);
    expect(table.applied).toEqual([ADD, ADD]);
  });

  it("[V2-23] a change on another way shows in the next response; one that nobody told of, within 10 s", () => {
    const { server, table } = makeServer();
    const session = new RawSession(server);
    const entryCount = (sequence: number) => {
      const bytes = session.send(session.frame(PING, { sequence }));
      return bytes && open(bytes).body[4];
    };
    expect(entryCount(1)).toBe(0);
    table.apply([ADD]);
    server.noteChange(ADD);
    expect(entryCount(2)).toBe(1);
    server.noteChange({ ...ADD, command: "remove" });
    expect(entryCount(3)).toBe(0);
    session.nowMs = 9999;
    expect(entryCount(4)).toBe(0);
    session.nowMs = 10_000;
    expect(entryCount(5)).toBe(1);
    expect(server.driftCount).toBe(1);
  });

  it("[V2-13] DIGEST and LIST read the kernel again when a second has passed", () => {
    const { server, table } = makeServer();
    const session = new RawSession(server);
    session.call(PING);
    table.apply([ADD]);
    session.nowMs = 1000;
    session.call({ op: "digest", from: 0 }, { sequence: 2 });
    expect(server.driftCount).toBe(1);
    table.entries.clear();
    session.nowMs = 2000;
    session.call({ op: "list", bucket: 0 }, { sequence: 3 });
    expect(server.driftCount).toBe(2);
  });
});

function subscribed(classes: readonly ("sap" | "denied")[], eventsPerSecondMax = 10) {
  const { server } = makeServer();
  const session = new RawSession(server);
  session.call({ op: "subscribe", classes, leaseSeconds: 30, eventsPerSecondMax });
  return { server, session };
}

describe("v2 server: events", () => {
  const sap: V2Event = {
    class: "sap",
    interface: "lan0",
    source: 0xc0000201,
    group: 0xefffffff,
    bytes: new Uint8Array(100).fill(7),
  };
  const denied: V2Event = {
    class: "denied",
    row: { interface: "lan0", source: 1, group: 2, reason: "TTL", ttl: 3, packets: 4, bytes: 5, firstMs: 6, lastMs: 7 },
  };

  it("[V2-16] go to those who subscribed to their class, to the address of the request", () => {
    const { server } = subscribed(["denied"]);
    expect(server.publish(sap, 0)).toEqual([]);
    const [datagram] = server.publish(denied, 5);
    expect(datagram?.peer).toEqual(PEER);
    expect(datagram && decodeEvent(open(datagram.bytes).body)).toEqual({ ...denied, nowMs: 5 });
  });

  it("[V2-16] end with the lease, and at once when no class is asked for", () => {
    const { server, session } = subscribed(["sap"]);
    expect(server.publish(sap, 29_999).length).toBe(1);
    expect(server.publish(sap, 30_000).length).toBe(0);
    session.call({ op: "subscribe", classes: [], leaseSeconds: 30, eventsPerSecondMax: 10 }, { sequence: 2 });
    expect(server.publish(sap, 0).length).toBe(0);
  });

  it("[V2-16] beyond the rate are dropped, counted, and leave a gap in the numbers", () => {
    const { server } = subscribed(["sap"], 2);
    const sequences = [0, 0, 0, 0, 1000].flatMap((nowMs) =>
      server.publish(sap, nowMs).map(({ bytes }) => open(bytes).sequence),
    );
    expect(sequences).toEqual([1, 2, 5]);
    expect(server.counters).toMatchObject({ events: 3, droppedEvents: 2 });
  });

  it("[V2-17] a SAP datagram of 8192 bytes goes in fragments, a longer or an empty one not at all", () => {
    const { server } = subscribed(["sap"], 100);
    const fragments = server.publish({ ...sap, bytes: new Uint8Array(8192) }, 0);
    expect(fragments.length).toBe(Math.ceil(8192 / 1103));
    expect(Math.max(...fragments.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(1200);
    expect(server.publish({ ...sap, bytes: new Uint8Array(8193) }, 0)).toEqual([]);
    expect(server.publish({ ...sap, bytes: new Uint8Array(0) }, 0)).toEqual([]);
    expect(server.counters.droppedEvents).toBe(2);
  });
});

describe("v2 server: what takes long", () => {
  const STATS = { op: "stats", table: "senders", cursor: 0 } as const;
  const COUNTERS = { packets: 0, bytes: 0, refusedPackets: 0, lastMs: 0 };
  const ROWS = Array.from({ length: 10_000 }, (_, index) => ({
    source: ADD.source,
    group: 0xe9fc0001 + index,
    maxTtl: 16,
    ...COUNTERS,
  }));

  /** A server whose senders are read in three steps, and a session that has asked for them. */
  function asked() {
    const made = makeServer();
    made.table.senderRows = ROWS;
    made.table.rowsPerBatch = 4096;
    const session = new RawSession(made.server);
    const frame = session.frame(STATS);
    expect(session.send(frame)).toBe(undefined);
    return { ...made, session, frame };
  }

  it("[V2-40] answers others while the rows of STATS are read, and STATS when they are", () => {
    const { server, session } = asked();
    expect(session.call(PING, { sequence: 2 })).toBe("ok");
    expect(server.work(0)).toEqual([]);
    expect(session.call(APPLY, { sequence: 3 })).toBe("ok");
    const [answer, ...more] = workedOff(server);
    expect(more).toEqual([]);
    expect(answer === undefined ? undefined : open(answer).sequence).toBe(1);
  });

  it("[V2-40] a retransmission of STATS that waits is not answered, and gets the same answer afterwards", () => {
    const { server, session, frame } = asked();
    expect(session.send(frame)).toBe(undefined);
    const [answer, ...more] = workedOff(server);
    expect(more).toEqual([]);
    expect(session.send(frame)).toEqual(answer);
    const { answered, repeated, waiting } = server.counters;
    expect({ answered, repeated, waiting }).toEqual({ answered: 1, repeated: 1, waiting: 1 });
  });

  it("[V2-40] what finds no room to wait is answered when it is sent again", () => {
    const { server, table } = makeServer({ limits: { waitingRequestsMax: 1 } });
    table.senderRows = ROWS;
    table.rowsPerBatch = 4096;
    const session = new RawSession(server);
    const second = session.frame(STATS, { sequence: 2 });
    expect([session.send(session.frame(STATS)), session.send(second)]).toEqual([undefined, undefined]);
    expect(workedOff(server)).toHaveLength(1);
    expect(session.send(second)).toBeDefined();
  });
});

/** Works to the end; returns what is to be sent. */
function workedOff(server: ReturnType<typeof makeServer>["server"]): Uint8Array[] {
  const answers: Uint8Array[] = [];
  while (server.hasWork) answers.push(...server.work(0).map(({ bytes }) => bytes));
  return answers;
}
