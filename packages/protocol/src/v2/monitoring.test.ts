// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../test/hex.ts";
import { decodeAnswer, encodeAnswer } from "./index.ts";
import type { StatusReport, V2Answer } from "./index.ts";

const SUMMARY = { entryCount: 0, rootDigest: 0n };
const REQUEST = { op: "stats", table: "status", cursor: 0 } as const;
const REFUSED = { UNKNOWN: 1, TTL: 2, REGISTER: 3, MALFORMED: 4, EXPIRED: 5, SPOOF: 6, RATE: 7 };
const MONITORED = { UNKNOWN: 17, TTL: 0, REGISTER: 0, MALFORMED: 0, EXPIRED: 0, SPOOF: 0, RATE: 23 };
const STATUS: StatusReport = {
  filter: "bpf",
  mode: "monitor",
  sendersMax: 16,
  passedPackets: 9,
  refusedPackets: REFUSED,
  monitoredPackets: MONITORED,
  interfaces: [
    { name: "lan0", isAttached: true, isMonitored: true },
    { name: "lan1", isAttached: true },
    { name: "lan2", isAttached: false },
  ],
};

// Written by hand from V2-14 and V2-29: head, table, cursors, clock; filter, mode, limit, passed; counts; interfaces.
const HEAD = "00 00000000 0000000000000000 00 0000000000000003 0000000000000003 0000000000000000";
const BODY =
  `${HEAD} 00 01 00000010 0000000000000009 0e` +
  "0000000000000001 0000000000000002 0000000000000003 0000000000000004 0000000000000005 0000000000000006" +
  "0000000000000007 0000000000000011 0000000000000000 0000000000000000 0000000000000000 0000000000000000" +
  "0000000000000000 0000000000000017 03 04 6c616e30 01 04 6c616e31 00 04 6c616e32";

function answerOf(status: StatusReport): V2Answer {
  return { op: "stats", table: "status", cursor: 3, latest: 3, nowMs: 0, status };
}

describe("what is monitored", () => {
  it("[V2-29] travels behind the refused packets and in the first byte of an interface", () => {
    const hex = BODY.replaceAll(" ", "");
    expect(toHex(encodeAnswer(answerOf(STATUS), SUMMARY))).toBe(hex);
    expect(decodeAnswer(REQUEST, fromHex(hex))).toMatchObject({ answer: { status: STATUS } });
  });

  it("[V2-29] takes no room when nothing was", () => {
    const nothing = { ...STATUS, monitoredPackets: { UNKNOWN: 0 } };
    const { monitoredPackets: _, ...without } = STATUS;
    expect(encodeAnswer(answerOf(nothing), SUMMARY)).toEqual(encodeAnswer(answerOf(without), SUMMARY));
    expect(decodeAnswer(REQUEST, encodeAnswer(answerOf(without), SUMMARY))).toMatchObject({
      answer: { status: without },
    });
  });
});
