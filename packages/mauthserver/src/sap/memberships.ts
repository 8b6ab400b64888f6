// SPDX-License-Identifier: MIT
import type { Socket } from "node:dgram";
import type { SapGroup } from "./groups.ts";
import type { LinkState } from "./interfaces.ts";

/**
 * The kernel gives a datagram to every socket bound to its group, whatever interface it came in on, unless that socket
 * has a membership of its own there that does not admit the source. So a socket that shall hear one interface only joins
 * the group elsewhere for one source from which nothing can come: routers and hosts drop a multicast source as martian.
 */
const NOBODY = "224.0.0.1";

/** A group with its socket and the interfaces on which it is joined. */
export interface GroupSocket {
  readonly group: SapGroup;
  /** The interface that it alone serves; undefined in IPv6 beyond the link, where one serves all. */
  readonly only: string | undefined;
  /** Undefined while it could not be opened. */
  socket: Socket | undefined;
  readonly joined: Map<string, LinkState>;
  /** Interfaces that it is made not to hear. */
  readonly deaf: Map<string, LinkState>;
  /** Interfaces on which joining failed, so that it is logged once. */
  readonly failed: Set<string>;
  lastHeardMs: number;
}

/** A group without a socket yet. */
export function groupSocket(group: SapGroup, only: string | undefined): GroupSocket {
  const maps = { joined: new Map<string, LinkState>(), deaf: new Map<string, LinkState>() };
  return { group, only, socket: undefined, ...maps, failed: new Set(), lastHeardMs: performance.now() };
}

/** Joins; false while the interface has no address of that family. Throws what the kernel says. */
export function join({ group, socket, joined }: GroupSocket, link: LinkState): boolean {
  const at = membershipAddress(group, link);
  if (at === undefined || socket === undefined) return false;
  socket.addMembership(group.address, at);
  joined.set(link.name, link);
  return true;
}

/** Leaves, also when the interface is gone. */
export function leave({ group, socket, joined }: GroupSocket, link: LinkState): void {
  joined.delete(link.name);
  try {
    socket?.dropMembership(group.address, membershipAddress(group, link));
  } catch {
    // The interface is gone, and the membership with it.
  }
}

/** Makes an IPv4 socket not hear an interface. Throws what the kernel says. */
export function deafen({ group, socket, deaf }: GroupSocket, link: LinkState): void {
  if (link.ipv4 === undefined || socket === undefined) return;
  socket.addSourceSpecificMembership(NOBODY, group.address, link.ipv4);
  deaf.set(link.name, link);
}

/** Ends that, also when the interface is gone. */
export function undeafen({ group, socket, deaf }: GroupSocket, name: string): void {
  const link = deaf.get(name);
  if (link?.ipv4 === undefined) return;
  deaf.delete(name);
  try {
    socket?.dropSourceSpecificMembership(NOBODY, group.address, link.ipv4);
  } catch {
    // The interface is gone, and the membership with it.
  }
}

/** Another interface of the same name, or another address: the kernel holds the membership under the old one. */
export function isOther(old: LinkState, link: LinkState): boolean {
  return old.name === link.name && (old.index !== link.index || old.ipv4 !== link.ipv4);
}

/** How Node names an interface for a membership; undefined while the interface has no address of that family. */
function membershipAddress(group: SapGroup, link: LinkState): string | undefined {
  if (group.family === 4) return link.ipv4;
  return link.hasIpv6 ? `::%${link.name}` : undefined;
}
