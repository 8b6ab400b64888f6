// SPDX-License-Identifier: MIT
/**
 * Generic netlink messages as bytes (RFC 3549 §2.3; linux/netlink.h, linux/genetlink.h). Numbers are in the machine's byte
 * order, little-endian here; messages and attributes begin at multiples of 4 bytes.
 */

/** nlmsg_flags */
export const NLM_F_REQUEST = 0x01;
export const NLM_F_ACK = 0x04;
export const NLM_F_DUMP = 0x300;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;
const NLA_TYPE_MASK = 0x3fff;

const MESSAGE_HEADER_LENGTH_BYTES = 16;
const GENL_HEADER_LENGTH_BYTES = 4;
const ATTRIBUTE_HEADER_LENGTH_BYTES = 4;
/** struct nlmsgerr with the header of the request, which is all of it that NETLINK_CAP_ACK leaves. */
const ERROR_LENGTH_BYTES = 4 + MESSAGE_HEADER_LENGTH_BYTES;
const FAMILY_VERSION = 1;

/** Writes messages one behind the other. */
export class NetlinkWriter {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #start = 0;

  /** Begins a message; everything until the next one belongs to it. */
  message(header: { family: number; flags: number; sequence: number; command: number }): void {
    this.#start = this.#reserve(MESSAGE_HEADER_LENGTH_BYTES + GENL_HEADER_LENGTH_BYTES);
    this.#view.setUint16(this.#start + 4, header.family, true);
    this.#view.setUint16(this.#start + 6, header.flags, true);
    this.#view.setUint32(this.#start + 8, header.sequence, true);
    this.#bytes[this.#start + MESSAGE_HEADER_LENGTH_BYTES] = header.command;
    this.#bytes[this.#start + MESSAGE_HEADER_LENGTH_BYTES + 1] = FAMILY_VERSION;
    this.#close();
  }

  flag(type: number): void {
    this.#attribute(type, 0);
  }

  u8(type: number, number: number): void {
    const offset = this.#attribute(type, 1);
    this.#view.setUint8(offset, number);
  }

  u32(type: number, number: number): void {
    const offset = this.#attribute(type, 4);
    this.#view.setUint32(offset, number, true);
  }

  u64(type: number, number: bigint): void {
    const offset = this.#attribute(type, 8);
    this.#view.setBigUint64(offset, number, true);
  }

  bytes(type: number, bytes: Uint8Array): void {
    const offset = this.#attribute(type, bytes.length);
    this.#bytes.set(bytes, offset);
  }

  /** A string, ended by NUL. */
  text(type: number, text: string): void {
    this.bytes(type, new TextEncoder().encode(`${text}\0`));
  }

  /** What was written since the last time. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#bytes.fill(0, 0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** Returns where the value of the attribute begins, in buffers that may be new. */
  #attribute(type: number, lengthBytes: number): number {
    const offset = this.#reserve(ATTRIBUTE_HEADER_LENGTH_BYTES + lengthBytes);
    this.#view.setUint16(offset, ATTRIBUTE_HEADER_LENGTH_BYTES + lengthBytes, true);
    this.#view.setUint16(offset + 2, type, true);
    this.#close();
    return offset + ATTRIBUTE_HEADER_LENGTH_BYTES;
  }

  #close(): void {
    this.#view.setUint32(this.#start, this.#length - this.#start, true);
  }

  #reserve(lengthBytes: number): number {
    const offset = this.#length;
    this.#length += align(lengthBytes);
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#bytes.subarray(0, offset));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return offset;
  }
}

/** A message of the kernel: an answer with attributes, or how a request or dump ended. */
export type NetlinkMessage =
  | { readonly kind: "answer"; readonly sequence: number; readonly attributes: Attributes }
  /** `errno` is 0 after success, else positive; `sentence` is the kernel's, "" when it has none. */
  | { readonly kind: "end"; readonly sequence: number; readonly errno: number; readonly sentence: string };

/** Values by type; of several with the same type, the last. */
export type Attributes = ReadonlyMap<number, DataView>;

/** Decodes the messages that the kernel sent at once; what is not complete is not there. */
export function* decodeMessages(bytes: Uint8Array): Generator<NetlinkMessage> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let start = 0; start + MESSAGE_HEADER_LENGTH_BYTES <= bytes.length;) {
    const length = view.getUint32(start, true);
    if (length < MESSAGE_HEADER_LENGTH_BYTES || start + length > bytes.length) return;
    yield decodeMessage(new DataView(bytes.buffer, bytes.byteOffset + start, length));
    start += align(length);
  }
}

function decodeMessage(message: DataView): NetlinkMessage {
  const type = message.getUint16(4, true);
  const sequence = message.getUint32(8, true);
  if (type === NLMSG_ERROR || type === NLMSG_DONE) return { kind: "end", sequence, ...decodeEnd(message, type) };
  const start = MESSAGE_HEADER_LENGTH_BYTES + GENL_HEADER_LENGTH_BYTES;
  return { kind: "answer", sequence, attributes: decodeAttributes(message, start) };
}

function decodeEnd(message: DataView, type: number): { errno: number; sentence: string } {
  const hasErrno = message.byteLength >= MESSAGE_HEADER_LENGTH_BYTES + 4;
  const errno = hasErrno ? -message.getInt32(MESSAGE_HEADER_LENGTH_BYTES, true) : 0;
  if (errno <= 0) return { errno: 0, sentence: "" };
  if ((message.getUint16(6, true) & NLM_F_ACK_TLVS) === 0) return { errno, sentence: "" };
  const start = MESSAGE_HEADER_LENGTH_BYTES + (type === NLMSG_ERROR ? ERROR_LENGTH_BYTES : 4);
  const text = decodeAttributes(message, start).get(NLMSGERR_ATTR_MSG);
  return { errno, sentence: text === undefined ? "" : decodeText(text) };
}

function decodeAttributes(message: DataView, start: number): Attributes {
  const attributes = new Map<number, DataView>();
  for (let offset = start; offset + ATTRIBUTE_HEADER_LENGTH_BYTES <= message.byteLength;) {
    const length = message.getUint16(offset, true);
    if (length < ATTRIBUTE_HEADER_LENGTH_BYTES || offset + length > message.byteLength) break;
    const type = message.getUint16(offset + 2, true) & NLA_TYPE_MASK;
    const value = new DataView(
      message.buffer,
      message.byteOffset + offset + ATTRIBUTE_HEADER_LENGTH_BYTES,
      length - ATTRIBUTE_HEADER_LENGTH_BYTES,
    );
    attributes.set(type, value);
    offset += align(length);
  }
  return attributes;
}

/** Decodes a string up to its NUL. */
export function decodeText(value: DataView): string {
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function align(lengthBytes: number): number {
  return (lengthBytes + 3) & ~3;
}
