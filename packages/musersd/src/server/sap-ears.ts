// SPDX-License-Identifier: MIT
import { formatAddress } from "@mauth/protocol/address";
import type { Address } from "@mauth/protocol/address";
import { errnoOf } from "../errors.ts";
import type { Attachment } from "../filter/filter.ts";
import type { Log } from "../log.ts";
import type { Native } from "../native.ts";
import { SapRelay } from "./sap-relay.ts";
import type { SapDatagram } from "./sap-relay.ts";
import { UdpSocket } from "./udp-socket.ts";

/** RFC 2974 §3. */
const SAP_PORT = 9875;

export interface SapEarsOptions {
  readonly native: Native;
  readonly groups: readonly Address[];
  readonly onDatagram: (datagram: SapDatagram) => void;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Hears the observed groups on the internal interfaces: one socket for each group, joined on each interface. */
export class SapEars {
  readonly relay = new SapRelay();
  readonly #log: Log;
  readonly #sockets: readonly { readonly group: Address; readonly socket: UdpSocket; readonly joined: Set<number> }[];
  #names: ReadonlyMap<number, string> = new Map();

  constructor(options: SapEarsOptions) {
    this.#log = options.log;
    this.#sockets = options.groups.flatMap((group) => {
      const socket = this.#open(options.native, group);
      if (socket === undefined) return [];
      socket.onDatagram((bytes, peer, ifindex) => {
        const name = this.#names.get(ifindex);
        if (name === undefined) return;
        const datagram = { interface: name, source: peer.address, group, bytes };
        if (this.relay.accept(datagram, options.nowMs())) options.onDatagram(datagram);
      });
      return [{ group, socket, joined: new Set<number>() }];
    });
  }

  /** Joins on interfaces that came and forgets those that went; to be called when they may have changed. */
  follow(interfaces: readonly Attachment[]): void {
    this.#names = new Map(interfaces.map(({ ifindex, name }) => [ifindex, name]));
    for (const { group, socket, joined } of this.#sockets) {
      for (const ifindex of joined) if (!this.#names.has(ifindex)) joined.delete(ifindex);
      for (const { ifindex, name } of interfaces) {
        if (!joined.has(ifindex) && this.#join(socket, { group, ifindex, name })) joined.add(ifindex);
      }
    }
  }

  close(): void {
    for (const { socket } of this.#sockets) socket.close();
  }

  /** Without ears for a group the filter works as well; only its announcements are not relayed. */
  #open(native: Native, group: Address): UdpSocket | undefined {
    try {
      return new UdpSocket(native, { address: formatAddress(group), port: SAP_PORT });
    } catch (error) {
      this.#log.warn({ error, group: formatAddress(group) }, "cannot hear announcements to this group");
      return undefined;
    }
  }

  #join(socket: UdpSocket, { group, ifindex, name }: { group: Address; ifindex: number; name: string }): boolean {
    try {
      socket.join(ifindex);
      return true;
    } catch (error) {
      // Already a member: the interface kept its index while it was away from the list.
      if (errnoOf(error) === "EADDRINUSE") return true;
      // Gone again, or not up yet: the next look joins.
      if (errnoOf(error) !== "ENODEV")
        this.#log.warn(
          { error, group: formatAddress(group), interface: name },
          "cannot hear announcements on this interface",
        );
      return false;
    }
  }
}
