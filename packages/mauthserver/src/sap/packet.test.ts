// SPDX-License-Identifier: MIT
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeSap, encodeSap } from "./packet.ts";
import type { SapPacket } from "./packet.ts";
import type { Decoded } from "./refusal.ts";

const SDP = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=x\r\n";
// "application/sdp" NUL, written out from an ASCII table.
const TYPE = "6170706c69636174696f6e2f73647000";

/** Flags, authentication length, hash and source in hex by hand, then type and text. */
function datagram(header: string, body: string | Uint8Array = SDP, type = TYPE): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(header, "hex"), Buffer.from(type, "hex"), Buffer.from(body)]));
}

function textOf(decoded: Decoded<SapPacket>): string {
  return decoded.ok ? new TextDecoder().decode(decoded.value.payload) : decoded.reason;
}

const PLAIN = "20001234c0000201";

describe("the header", () => {
  it("[SAP-1] a datagram is refused at every length shorter than its header", () => {
    const whole = datagram("3002123420010db8000000000000000000000001aabbccdd11223344");
    for (let length = 0; length < 28; length += 1)
      expect(decodeSap(whole.subarray(0, length)), `${length} bytes`).toEqual({ ok: false, reason: "too-short" });
    expect(decodeSap(whole.subarray(0, 28))).toEqual({ ok: false, reason: "no-payload" });
    expect(textOf(decodeSap(whole))).toBe(SDP);
  });

  it("[SAP-1] of the eight versions only 1 is read", () => {
    const accepted = [0, 1, 2, 3, 4, 5, 6, 7].filter((version) => {
      const bytes = datagram(PLAIN);
      bytes[0] = version << 5;
      return decodeSap(bytes).ok;
    });
    expect(accepted).toEqual([1]);
  });

  it("[SAP-2] the reserved bit changes nothing", () => {
    expect(decodeSap(datagram("28001234c0000201"))).toEqual(decodeSap(datagram(PLAIN)));
  });

  it.each([
    ["20001234c0000201", "192.0.2.1"],
    ["2000123400000000", "0.0.0.0"],
    ["2000123401020304", "1.2.3.4"],
    ["3000123420010db8000000000000000000000001", "2001:db8::1"],
  ])("[SAP-3] %s comes from %s", (header, originatingSource) => {
    expect(decodeSap(datagram(header))).toMatchObject({
      ok: true,
      value: { originatingSource, messageIdHash: 0x1234 },
    });
  });

  it("[SAP-4] authentication data is skipped by its length in words", () => {
    const decoded = decodeSap(datagram("20031234c0000201763d300a6f3d2d2031203120"));
    expect(textOf(decoded)).toBe(SDP);
    expect(decoded).toMatchObject({ value: { authenticated: true } });
    expect(decodeSap(datagram(PLAIN))).toMatchObject({ value: { authenticated: false } });
  });

  it("[SAP-5] an encrypted payload is refused although it could be read", () => {
    expect(decodeSap(datagram("22001234c0000201"))).toEqual({ ok: false, reason: "encrypted" });
  });
});

function padded(length: number): Uint8Array {
  return datagram(PLAIN, SDP.padEnd(length - 24, " "));
}

function inflating(bytes: number): string {
  const body = deflateSync(`v=0\n${"a".repeat(bytes - 4)}`);
  return textOf(decodeSap(datagram("21001234c0000201", body, "")));
}

describe("the payload", () => {
  const typed = Buffer.concat([Buffer.from(TYPE, "hex"), Buffer.from(SDP)]);

  it("[SAP-6] a compressed payload is inflated together with its type", () => {
    expect(textOf(decodeSap(datagram("21001234c0000201", deflateSync(typed), "")))).toBe(SDP);
  });

  it("[SAP-6] it is inflated up to 65536 bytes, not one more", () => {
    expect(inflating(65_536)).toHaveLength(65_536);
    expect(inflating(65_537)).toBe("inflates-too-far");
    expect(inflating(5_000_000)).toBe("inflates-too-far");
  });

  it.each([
    ["plain text", Buffer.from(typed)],
    ["gzip", gzipSync(typed)],
    ["zlib cut off", deflateSync(typed).subarray(0, -6)],
  ])("[SAP-6] %s is no zlib", (_, body) => {
    expect(textOf(decodeSap(datagram("21001234c0000201", body, "")))).toBe("bad-compression");
  });

  it.each([
    ["application/sdp\0", true],
    ["APPLICATION/SDP\0", true],
    ["application/sdp; charset=utf-8\0", true],
    ["application/sdp\r\n", true],
    ["", true],
    ["\0", true],
    ["\r\n", true],
    ["application/xml\0", false],
    ["application/sdpx\0", false],
    ["text/plain\0", false],
    ["x".repeat(300), false],
  ])("[SAP-7] payload type %j is accepted: %s", (type, accepted) => {
    expect(textOf(decodeSap(datagram(PLAIN, type + SDP, "")))).toBe(accepted ? SDP : "bad-payload-type");
  });

  it("[SAP-7] a deletion may be the o= line alone, without a payload type", () => {
    const origin = "o=- 1 1 IN IP4 192.0.2.1\r\n";
    const decoded = decodeSap(datagram("24001234c0000201", origin, ""));
    expect(textOf(decoded)).toBe(origin);
    expect(decoded).toMatchObject({ value: { deletion: true } });
  });

  it("[SAP-8] only a deletion may come without a payload", () => {
    for (const type of ["", TYPE]) {
      expect(textOf(decodeSap(datagram(PLAIN, "", type)))).toBe("no-payload");
      expect(textOf(decodeSap(datagram("24001234c0000201", "", type)))).toBe("");
    }
  });

  it("[SAP-9] 8192 bytes are read, 8193 are not", () => {
    expect(decodeSap(padded(8192)).ok).toBe(true);
    expect(decodeSap(padded(8193))).toEqual({ ok: false, reason: "too-long" });
  });
});

describe("the encoder", () => {
  const payload = new TextEncoder().encode(SDP);

  it("[SAP-10] writes an announcement with payload type and NUL", () => {
    const bytes = encodeSap({ deletion: false, messageIdHash: 0x1234, originatingSource: "192.0.2.1", payload });
    expect(Buffer.from(bytes).toString("hex")).toBe(PLAIN + TYPE + Buffer.from(SDP).toString("hex"));
  });

  it("[SAP-10] writes a deletion, IPv6 and a compressed payload so that they are read again at any offset", () => {
    const fields = {
      deletion: true,
      messageIdHash: 0xffff,
      originatingSource: "2001:db8::1",
      payload,
      compressed: true,
    };
    const bytes = encodeSap(fields);
    expect(Buffer.from(bytes.subarray(0, 20)).toString("hex")).toBe("3500ffff20010db8000000000000000000000001");
    const within = new Uint8Array(bytes.length + 7);
    within.set(bytes, 5);
    const decoded = decodeSap(within.subarray(5, 5 + bytes.length));
    expect(decoded).toMatchObject({
      value: { deletion: true, messageIdHash: 0xffff, originatingSource: "2001:db8::1" },
    });
    expect(textOf(decoded)).toBe(SDP);
  });

  it("[SAP-10] will not encode a host name", () => {
    expect(() => encodeSap({ deletion: false, messageIdHash: 1, originatingSource: "host", payload })).toThrow(
      TypeError,
    );
  });
});
