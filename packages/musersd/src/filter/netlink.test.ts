// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { decodeMessages, decodeText, NetlinkWriter } from "./netlink.ts";

/** Hex by hand from linux/netlink.h and linux/genetlink.h, little-endian; spaces and bars are for the reader. */
function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/[\s|]/g, ""), "hex"));
}

const ADD =
  "28000000 1a00 0500 07000000 00000000 | 09010000" + // length 40, family 26, REQUEST|ACK, sequence 7; command 9
  "| 0800 0b00 c0000201" + // 8 bytes, type 11: 192.0.2.1
  "| 0500 0e00 10 000000" + // 5 bytes, type 14: 16, padded to 8
  "| 0400 0f00"; // 4 bytes, type 15: a flag

describe("NetlinkWriter", () => {
  it("pads attributes to 4 bytes, and counts the padding in the message but not in the attribute", () => {
    const writer = new NetlinkWriter();
    writer.message({ family: 26, flags: 5, sequence: 7, command: 9 });
    writer.bytes(11, hex("c0000201"));
    writer.u8(14, 16);
    writer.flag(15);
    expect(Buffer.from(writer.take())).toEqual(Buffer.from(hex(ADD)));
  });

  it("writes many messages one behind the other, beyond its first buffer, and begins anew", () => {
    const writer = new NetlinkWriter();
    for (let sequence = 1; sequence <= 500; sequence++) {
      writer.message({ family: 26, flags: 1, sequence, command: 9 });
      writer.text(6, "lan0");
      writer.u64(16, 0x0102030405060708n);
    }
    const bytes = writer.take();
    expect(bytes).toHaveLength(500 * (20 + 12 + 12));
    expect(Buffer.from(bytes.slice(-24))).toEqual(
      Buffer.from(hex("0900 0600 6c616e3000 000000 | 0c00 1000 0807060504030201")),
    );
    writer.message({ family: 26, flags: 1, sequence: 1, command: 1 });
    expect(writer.take()).toHaveLength(20);
  });
});

describe("decodeMessages", () => {
  it("reads an answer and the acknowledgement behind it", () => {
    const answer = "1c000000 1a00 0000 07000000 64000000 | 03010000 | 0800 0200 03000000";
    const ack = "24000000 0200 0001 07000000 64000000 | 00000000 | 2c000000 1a00 0500 07000000 00000000";
    const [first, second, ...rest] = [...decodeMessages(hex(answer + ack))];
    expect(first).toMatchObject({ kind: "answer", sequence: 7 });
    expect(first?.kind === "answer" && first.attributes.get(2)?.getUint32(0, true)).toBe(3);
    expect(second).toEqual({ kind: "end", sequence: 7, errno: 0, sentence: "" });
    expect(rest).toEqual([]);
  });

  it("reads the kernel's sentence with an error", () => {
    const error =
      "30000000 0200 0002 09000000 64000000 | feffffff | 2c000000 1a00 0500 09000000 00000000 | 0b00 0100 6e6f206f6e6500 00";
    expect([...decodeMessages(hex(error))]).toEqual([{ kind: "end", sequence: 9, errno: 2, sentence: "no one" }]);
  });

  it("takes the end of a dump for its end, with the error that it carries", () => {
    expect([...decodeMessages(hex("14000000 0300 0200 05000000 64000000 | 00000000"))]).toEqual([
      { kind: "end", sequence: 5, errno: 0, sentence: "" },
    ]);
    expect([...decodeMessages(hex("14000000 0300 0200 05000000 64000000 | f4ffffff"))]).toMatchObject([{ errno: 12 }]);
  });

  it("stops at what is cut off or has impossible lengths, and never throws", () => {
    const whole = hex("1c000000 1a00 0000 07000000 64000000 | 03010000 | 0800 0200 03000000");
    for (let length = 0; length < whole.length; length++)
      expect([...decodeMessages(whole.subarray(0, length))]).toEqual([]);
    for (let at = 0; at < whole.length; at++)
      for (const octet of [0, 1, 3, 255]) {
        const broken = Uint8Array.from(whole);
        broken[at] = octet;
        expect(() => [...decodeMessages(broken)]).not.toThrow();
      }
  });
});

it("a text ends at its NUL, or where the attribute ends", () => {
  for (const text of ["6c616e3000", "6c616e30"]) expect(decodeText(new DataView(hex(text).buffer))).toBe("lan0");
});
