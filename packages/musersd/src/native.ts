// SPDX-License-Identifier: MIT
import { createRequire } from "node:module";
import { StartError } from "./errors.ts";

/** What the kernel says of a BPF program. */
export interface ProgramInfo {
  readonly id: number;
  /** At most 15 characters. */
  readonly name: string;
  /** Hash of the instructions, 16 hex digits. */
  readonly tag: string;
  readonly mapIds: readonly number[];
}

/** What the kernel says of a BPF map. */
export interface MapInfo {
  readonly name: string;
  /** Bytes. */
  readonly keyLength: number;
  /** Bytes, for one CPU. */
  readonly valueLength: number;
  readonly entriesMax: number;
}

/** IPv4 or IPv6. */
export type Family = 4 | 6;

/** A socket of the bridge, and the memory through which datagrams travel. */
export interface UdpArenas {
  readonly handle: unknown;
  /** The port that was bound. */
  readonly port: number;
  readonly incoming: Uint8Array;
  readonly outgoing: Uint8Array;
}

/**
 * The native bridge. File descriptors are numbers that the caller closes. A failed system call throws an Error whose
 * `code` is the errno name. Buffers must have the lengths of the map; the kernel reads and writes exactly those.
 */
export interface Native {
  close(fd: number): void;
  /** Ends this process when its parent ends; throws when the parent is not `pid` any more. */
  dieWithParent(pid: number): void;
  /** Gives up every capability and becomes the user, for good. */
  dropPrivileges(uid: number, gid: number): void;
  /** Opens a generic netlink socket for a family; loads the module that has it when this process may do so. */
  genlOpen(family: string): { readonly fd: number; readonly family: number };
  /** Receives whole messages into the buffer and returns their length in bytes. */
  genlReceive(fd: number, bytes: Uint8Array): number;
  /** Sends whole messages. */
  genlSend(fd: number, bytes: Uint8Array): void;
  /** Whether packets of the interface have an Ethernet header; false when it is gone. */
  hasEthernet(name: string): boolean;
  /** Interfaces of this network namespace: name to ifindex. */
  interfaces(): Record<string, number>;
  mapById(id: number): number;
  mapDelete(map: number, key: Uint8Array): boolean;
  /** Deletes the first `count` entries, there or not; returns how many it came through before one could not be deleted. */
  mapDeleteMany(map: number, keys: Uint8Array, keyLength: number, count: number): number;
  /** The first bytes of a file as memory that is shared with it, for the life of the process. */
  mapFile(fd: number, lengthBytes: number): Uint8Array;
  mapInfo(map: number): MapInfo;
  /**
   * Fills the buffers with the next whole entries and returns their number. The cursor is 65 bytes, all 0 before the first
   * entry; its first byte is 2 after the last.
   */
  mapRead(
    map: number,
    cursor: Uint8Array,
    keys: Uint8Array,
    keyLength: number,
    values: Uint8Array,
    valueLength: number,
  ): number;
  /** `key` is room for a key. */
  mapIsEmpty(map: number, key: Uint8Array): boolean;
  mapLookup(map: number, key: Uint8Array, value: Uint8Array): boolean;
  mapUpdate(map: number, key: Uint8Array, value: Uint8Array): void;
  /** Writes the first `count` entries of the buffers, each in one step; returns how many were written before one could not be. */
  mapUpdateMany(map: number, keys: Uint8Array, values: Uint8Array, count: number): number;
  /** Mounts a BPF file system unless there is one; tells whether it had to. */
  mountBpffs(path: string): boolean;
  /** Makes the empty multicast routing table and the rule that sends marked packets there. */
  mruleAdd(family: Family, table: number, mark: number): void;
  mruleFind(family: Family, table: number, mark: number): boolean;
  /** Loads the filter; maps named in `reuse` are taken over with their entries. */
  objectLoad(
    path: string,
    sendersMax: number,
    reuse: Record<string, number>,
  ): { readonly program: number; readonly maps: Record<string, number> };
  pin(fd: number, path: string): void;
  pinned(path: string): number | undefined;
  possibleCpus(): number;
  programById(id: number): number;
  programInfo(program: number): ProgramInfo;
  /** Runs the program on an Ethernet frame as if interface `ifindex` had received it; returns the tc action and the mark. */
  programRun(program: number, frame: Uint8Array, ifindex: number): { readonly action: number; readonly mark: number };
  quiet(): void;
  /** Puts the program at ingress of the interface, in one step in the place of one of the same name. */
  tcAttach(ifindex: number, program: number): void;
  /** Takes the program of that name off. */
  tcDetach(ifindex: number, name: string): void;
  /** Id of the program of that name. */
  tcQuery(ifindex: number, name: string): number | undefined;
  udpClose(handle: unknown): void;
  /**
   * Binds a UDP socket, to a group too. `onBatch` is called with the number of filled slots of `incoming` and returns how
   * many slots of `outgoing` to send; a slot is 2048 bytes: length, port, ifindex, family (4 or 6; u32 each, host
   * order), address (16, network order), datagram.
   */
  udpOpen(address: string, port: number, receiveBufferBytes: number, onBatch: (count: number) => number): UdpArenas;
  /** Joins the group that the socket is bound to. */
  udpJoin(handle: unknown, ifindex: number): void;
  udpLeave(handle: unknown, ifindex: number): void;
  /** Sends the first slots of `outgoing`. */
  udpSend(handle: unknown, count: number): void;
  /** Calls back after each burst of changes to interfaces or their addresses; does not keep the process alive. */
  watchLinks(callback: () => void): void;
}

const require = createRequire(import.meta.url);

/** Loads the bridge; throws when it has not been built for this machine. */
export function loadNative(): Native {
  const native = require("../build/native.node") as Native;
  native.quiet();
  return native;
}

/**
 * Loads the bridge for a daemon.
 * @throws StartError when it has not been built for this machine.
 */
export function openNative(): Native {
  try {
    return loadNative();
  } catch (error) {
    throw new StartError("the native bridge is not built; run npm run setup", { cause: error });
  }
}
