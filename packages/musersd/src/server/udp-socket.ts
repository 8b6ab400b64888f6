// SPDX-License-Identifier: MIT
import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "@mauth/protocol/address";
import { formatEndpoint, isIpv6Endpoint } from "../endpoint.ts";
import type { Endpoint } from "../endpoint.ts";
import { errnoOf, messageOf, StartError } from "../errors.ts";
import type { Native, UdpArenas } from "../native.ts";

/** The other end of a datagram; of the family of the socket, or of IPv4 where the socket has both. */
export interface Peer {
  readonly address: Address;
  readonly port: number;
}

/** Takes a datagram; `bytes` are the receiver's to keep, `ifindex` is 0 unless the socket is bound to a group. */
export type Receive = (bytes: Uint8Array, peer: Peer, ifindex: number) => void;

/** A burst of requests waits here while the kernel is being changed. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

const BIND_PATIENCE_MS = 1000;
const BIND_RETRY_MS = 50;

/** UDP_SLOT_BYTES and UDP_HEADER_BYTES of native/udp.c. */
const SLOT_BYTES = 2048;
const HEADER_BYTES = 32;
/** Offsets in a slot. */
const PORT = 4;
const IFINDEX = 8;
const FAMILY = 12;
const ADDRESS = 16;

/** The upper 96 bits of ::ffff:0:0/96. */
const MAPPED_PREFIX = 0xffffn;

/** A longer datagram is neither sent nor received. */
export const DATAGRAM_LENGTH_BYTES_MAX = SLOT_BYTES - HEADER_BYTES;

/** Answers to a batch that leave with one system call; more would keep the other side waiting while it could go on. */
const ANSWERS_TOGETHER = 4;

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The only file of musersd that knows UDP sockets. Datagrams travel in batches, because a system call costs more than a call. */
export class UdpSocket {
  readonly #native: Native;
  readonly #arenas: UdpArenas;
  readonly #incoming: DataView;
  readonly #outgoing: DataView;
  readonly #isIpv6: boolean;
  #receive: Receive = () => {};
  #isReceiving = false;
  #queued = 0;

  /** @throws StartError when the address is taken or not this machine's. */
  constructor(native: Native, endpoint: Endpoint) {
    const { address, port } = endpoint;
    this.#native = native;
    this.#isIpv6 = isIpv6Endpoint(endpoint);
    try {
      this.#arenas = native.udpOpen(address, port, RECEIVE_BUFFER_BYTES, (count) => this.#takeBatch(count));
    } catch (error) {
      throw new StartError(`cannot listen on ${formatEndpoint(endpoint)}: ${bindFailure(error)}`, { cause: error });
    }
    this.#incoming = viewOf(this.#arenas.incoming);
    this.#outgoing = viewOf(this.#arenas.outgoing);
  }

  get port(): number {
    return this.#arenas.port;
  }

  onDatagram(receive: Receive): void {
    this.#receive = receive;
  }

  /** Sends without waiting: a lost response is what retransmission is for. */
  send(bytes: Uint8Array, peer: Peer): void {
    if (bytes.length > DATAGRAM_LENGTH_BYTES_MAX) throw new RangeError(`a datagram of ${bytes.length} bytes`);
    const offset = this.#queued * SLOT_BYTES;
    this.#outgoing.setUint32(offset, bytes.length, isLittleEndian);
    this.#outgoing.setUint32(offset + PORT, peer.port, isLittleEndian);
    writeAddress(this.#outgoing, offset, this.#isIpv6 ? mapped(peer.address) : peer.address);
    this.#arenas.outgoing.set(bytes, offset + HEADER_BYTES);
    this.#queued++;
    if (this.#queued === ANSWERS_TOGETHER || !this.#isReceiving) this.#flush();
  }

  /** Joins the group that the socket is bound to, on one interface. */
  join(ifindex: number): void {
    this.#native.udpJoin(this.#arenas.handle, ifindex);
  }

  leave(ifindex: number): void {
    this.#native.udpLeave(this.#arenas.handle, ifindex);
  }

  close(): void {
    this.#native.udpClose(this.#arenas.handle);
  }

  #takeBatch(count: number): number {
    this.#isReceiving = true;
    try {
      for (let slot = 0; slot < count; slot++) this.#takeSlot(slot * SLOT_BYTES);
    } finally {
      this.#isReceiving = false;
    }
    const queued = this.#queued;
    this.#queued = 0;
    return queued;
  }

  #takeSlot(offset: number): void {
    // A longer one was cut by the kernel, so that it is a malformed one of the longest length.
    const length = Math.min(this.#incoming.getUint32(offset, isLittleEndian), DATAGRAM_LENGTH_BYTES_MAX);
    const address = readAddress(this.#incoming, offset);
    const port = this.#incoming.getUint32(offset + PORT, isLittleEndian);
    const ifindex = this.#incoming.getUint32(offset + IFINDEX, isLittleEndian);
    const start = offset + HEADER_BYTES;
    this.#receive(this.#arenas.incoming.slice(start, start + length), { address, port }, ifindex);
  }

  #flush(): void {
    this.#native.udpSend(this.#arenas.handle, this.#queued);
    this.#queued = 0;
  }
}

/**
 * Binds, waiting a moment when the port is taken: the one before us may be about to end.
 * @throws StartError
 */
export async function bindSocket(native: Native, endpoint: Endpoint): Promise<UdpSocket> {
  const deadlineMs = performance.now() + BIND_PATIENCE_MS;
  for (;;) {
    try {
      return new UdpSocket(native, endpoint);
    } catch (error) {
      const isTaken = error instanceof StartError && errnoOf(error.cause) === "EADDRINUSE";
      if (!isTaken || performance.now() >= deadlineMs) throw error;
      await sleep(BIND_RETRY_MS);
    }
  }
}

/** In network byte order, as it is on the wire. */
function readAddress(view: DataView, offset: number): Address {
  if (view.getUint32(offset + FAMILY, isLittleEndian) === 4) return view.getUint32(offset + ADDRESS);
  const address = (view.getBigUint64(offset + ADDRESS) << 64n) | view.getBigUint64(offset + ADDRESS + 8);
  return address >> 32n === MAPPED_PREFIX ? Number(BigInt.asUintN(32, address)) : address;
}

/** A socket of IPv6 knows peers of IPv4 so (RFC 4291 §2.5.5.2). */
function mapped(address: Address): Address {
  return typeof address === "number" ? (MAPPED_PREFIX << 32n) | BigInt(address) : address;
}

function writeAddress(view: DataView, offset: number, address: Address): void {
  view.setUint32(offset + FAMILY, typeof address === "number" ? 4 : 6, isLittleEndian);
  if (typeof address === "number") return view.setUint32(offset + ADDRESS, address);
  view.setBigUint64(offset + ADDRESS, address >> 64n);
  return view.setBigUint64(offset + ADDRESS + 8, BigInt.asUintN(64, address));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bindFailure(error: unknown): string {
  const errno = errnoOf(error);
  if (errno === "EADDRINUSE") return "the port is taken (is another musersd running?)";
  if (errno === "EADDRNOTAVAIL") return "the address is not on this machine";
  if (errno === "EACCES") return "ports below 1024 need root";
  return messageOf(error);
}
