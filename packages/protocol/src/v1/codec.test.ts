// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { atOffset, fromHex, toHex } from "../../test/hex.ts";
import vectors from "../../test/vectors/v1.json" with { type: "json" };
import { formatIpv4 } from "../ipv4.ts";
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from "./index.ts";

describe("v1 codec", () => {
  it.each(vectors.requests)("[V1-1] request: $name", (row) => {
    for (const bytes of [fromHex(row.hex), atOffset(fromHex(row.hex))]) {
      const decoded = decodeRequest(bytes);
      if (!decoded.ok) throw new Error(decoded.reason);
      const { sequence, command, source, group, maxTtl } = decoded.value;
      expect({ sequence, command, maxTtl }).toEqual({
        sequence: row.sequence,
        command: row.command,
        maxTtl: row.maxTtl,
      });
      expect([formatIpv4(source), formatIpv4(group)]).toEqual([row.source, row.group]);
      expect(toHex(encodeRequest(decoded.value))).toBe(row.hex);
    }
  });

  it.each(vectors.responses)("[V1-2] response: $name", (row) => {
    for (const bytes of [fromHex(row.hex), atOffset(fromHex(row.hex))]) {
      const response = { type: row.type, sequence: row.sequence };
      expect(decodeResponse(bytes)).toEqual({ ok: true, value: response });
    }
    const type = row.type === "ack" ? "ack" : "error";
    expect(toHex(encodeResponse({ type, sequence: row.sequence }))).toBe(row.hex);
  });

  it.each(vectors.notRequests)("[V1-3] %j is no request", (hex) => {
    expect(decodeRequest(fromHex(hex))).toEqual({ ok: false, reason: "length" });
  });

  it.each(vectors.notResponses)("[V1-3] %j is no response", (hex) => {
    expect(decodeResponse(fromHex(hex)).ok).toBe(false);
  });

  it("[V1-3] of all lengths from 0 to 64 only 11 is a request and only 2 a response", () => {
    for (let length = 0; length <= 64; length++) {
      expect(decodeRequest(new Uint8Array(length)).ok).toBe(length === 11);
      expect(decodeResponse(new Uint8Array(length)).ok).toBe(length === 2);
    }
  });

  it("[V1-2] of all 65,536 two-byte responses 256 are ACK, 256 ERROR and the rest nothing", () => {
    const counts = { ack: 0, error: 0, type: 0, length: 0 };
    for (let word = 0; word < 65_536; word++) {
      const decoded = decodeResponse(Uint8Array.of(word >> 8, word & 255));
      counts[decoded.ok ? decoded.value.type : decoded.reason]++;
      if (decoded.ok) expect(encodeResponse(decoded.value)).toEqual(Uint8Array.of(word >> 8, word & 255));
    }
    expect(counts).toEqual({ ack: 256, error: 256, type: 65_024, length: 0 });
  });
});
