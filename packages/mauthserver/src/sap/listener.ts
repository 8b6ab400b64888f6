// SPDX-License-Identifier: MIT
import { createSocket } from "node:dgram";
import type { RemoteInfo, Socket } from "node:dgram";
import { once } from "node:events";
import type { Heard } from "../sessions.ts";
import { Backlog } from "./backlog.ts";
import { IPV4_SAP_GROUPS, IPV6_SAP_GROUPS } from "./groups.ts";
import type { SapGroup } from "./groups.ts";
import { interfaceNames, interfaceOf, readIgmpUsers, readLinkState } from "./interfaces.ts";
import type { LinkState } from "./interfaces.ts";
import { deafen, groupSocket, isOther, join, leave, undeafen } from "./memberships.ts";
import type { GroupSocket } from "./memberships.ts";
import { SAP_PORT } from "./packet.ts";

/** Asked of the kernel, which doubles it: holds 5000 announcements of 700 bytes, which cost it 2304 bytes each. */
const RECEIVE_BUFFER_BYTES = 6 * 1024 * 1024;
/** How often the interfaces are looked at: a link that came back is joined again within this time. */
const RESCAN_EVERY_MS = 2000;
/** Silence of a group after which it is joined anew, because a switch may have forgotten the membership. */
const REJOIN_SILENCE_MS = 300_000;

/** What the listener logs to; pino fits. */
export interface ListenerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface SapListenerOptions {
  /** Names of the interfaces to listen on. */
  readonly interfaces: readonly string[];
  /** Defaults to every customary IPv4 and IPv6 group. */
  readonly groups?: readonly SapGroup[];
  readonly onHeard: (heard: Heard) => void;
  readonly log: ListenerLog;
  /** 9875 on a real network. */
  readonly port?: number;
  readonly receiveBufferBytes?: number;
  readonly rescanEveryMs?: number;
  readonly rejoinSilenceMs?: number;
}

/** Thrown when a socket for a SAP group cannot be bound. */
export class SapListenError extends Error {
  readonly code = "sap-listen";

  constructor(group: SapGroup, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`cannot listen for announcements on ${group.address}:${SAP_PORT}: ${why}`, { cause });
    this.name = "SapListenError";
  }
}

/**
 * Hears SAP: a socket for each group and interface, bound to the group's address, so that neither unicast nor the groups
 * and interfaces of other programs get in. Interfaces may come, go and come back as others of the same name.
 */
export class SapListener {
  readonly counters = { datagrams: 0, bytes: 0, dropped: 0, joins: 0, joinFailures: 0, socketErrors: 0 };
  readonly #options: SapListenerOptions;
  readonly #backlog: Backlog<Heard>;
  readonly #sockets: GroupSocket[] = [];
  readonly #missing = new Set<string>();
  #links: LinkState[] = [];
  #hasWarnedOfBuffer = false;
  #timer: NodeJS.Timeout | undefined;
  #rescan: Promise<void> = Promise.resolve();

  constructor(options: SapListenerOptions) {
    this.#options = options;
    this.#backlog = new Backlog(options.onHeard);
  }

  /** Binds and joins; an interface that is not there yet is joined when it comes. Throws SapListenError. */
  async start(): Promise<void> {
    const { interfaces, groups = [...IPV4_SAP_GROUPS, ...IPV6_SAP_GROUPS] } = this.#options;
    for (const group of groups) {
      const onlys = servesOneInterface(group) ? interfaces : [undefined];
      this.#sockets.push(...onlys.map((only) => groupSocket(group, only)));
    }
    try {
      for (const entry of this.#sockets) if (entry.group.family === 4) entry.socket = await this.#bind(entry);
    } catch (error) {
      await this.stop();
      throw error;
    }
    await this.#scan();
    this.#timer = setInterval(() => {
      this.#rescan = this.#rescan
        .then(async () => this.#scan())
        .catch((error: unknown) => this.#options.log.warn({ err: error }, "cannot look at the interfaces"));
    }, this.#options.rescanEveryMs ?? RESCAN_EVERY_MS);
  }

  /** Leaves every group and closes the sockets. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#rescan;
    const sockets = this.#sockets.splice(0);
    await Promise.all(sockets.map(async ({ socket }) => close(socket)));
    this.#backlog.drain();
  }

  /** The groups and the interfaces on which each is joined at present. */
  joined(): { readonly group: string; readonly interfaces: readonly string[] }[] {
    const byGroup = Map.groupBy(this.#sockets, ({ group }) => group.address);
    return Array.from(byGroup, ([group, sockets]) => ({
      group,
      interfaces: sockets.flatMap(({ joined }) => [...joined.keys()]),
    }));
  }

  async #bind(entry: GroupSocket): Promise<Socket> {
    const { group, only } = entry;
    const socket = createSocket({ type: group.family === 4 ? "udp4" : "udp6", reuseAddr: true });
    try {
      socket.bind(
        this.#options.port ?? SAP_PORT,
        group.family === 4 || only === undefined ? group.address : `${group.address}%${only}`,
      );
      await once(socket, "listening");
      socket.setRecvBufferSize(this.#receiveBufferWantedBytes);
    } catch (error) {
      socket.close();
      throw new SapListenError(group, error);
    }
    this.#checkReceiveBuffer(socket);
    socket.on("error", (error) => {
      this.counters.socketErrors += 1;
      this.#options.log.warn({ group: group.address, err: error }, "SAP socket error");
    });
    socket.on("message", (bytes, remote) => this.#hear(entry, bytes, remote));
    return socket;
  }

  get #receiveBufferWantedBytes(): number {
    return this.#options.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES;
  }

  /** The kernel caps what it grants without an error, and reads back the double of it. */
  #checkReceiveBuffer(socket: Socket): void {
    const wantedBytes = this.#receiveBufferWantedBytes;
    const receiveBufferBytes = socket.getRecvBufferSize();
    if (receiveBufferBytes >= 2 * wantedBytes || this.#hasWarnedOfBuffer) return;
    this.#hasWarnedOfBuffer = true;
    this.#options.log.warn(
      { receiveBufferBytes },
      `the receive buffer is small, bursts of announcements may be lost: sysctl -w net.core.rmem_max=${wantedBytes}`,
    );
  }

  #hear(entry: GroupSocket, bytes: Uint8Array, remote: RemoteInfo): void {
    this.counters.datagrams += 1;
    this.counters.bytes += bytes.length;
    entry.lastHeardMs = performance.now();
    const [source = "", zone] = remote.address.split("%");
    const heard: Heard = {
      bytes,
      source,
      sapGroup: entry.group.address,
      interface: entry.only ?? zone ?? interfaceOf(source, this.#links),
      mrouter: null,
    };
    if (!this.#backlog.push(heard)) this.counters.dropped += 1;
  }

  async #scan(): Promise<void> {
    this.#links = this.#options.interfaces.flatMap((name) => readLinkState(name) ?? []);
    this.#logPresence();
    for (const entry of this.#sockets) await this.#follow(entry);
    for (const entry of this.#sockets) this.#deafen(entry);
  }

  /** The other interfaces on which datagrams to this group come in, because we or another program joined it there. */
  #strangers({ group, only }: GroupSocket): LinkState[] {
    const users = readIgmpUsers();
    const foreign = interfaceNames().filter((name) => !this.#options.interfaces.includes(name));
    const deafThere = (name: string) => this.#sockets.filter((one) => one.group === group && one.deaf.has(name)).length;
    const joined = foreign.filter((name) => (users.get(`${name} ${group.address}`) ?? 0) > deafThere(name));
    const ours = this.#links.filter((link) => link.name !== only);
    return [...ours, ...joined.flatMap((name) => readLinkState(name) ?? [])];
  }

  /** After it has joined, so that the network is never told that nobody but a strange source is wanted. */
  #deafen(entry: GroupSocket): void {
    if (entry.group.family === 6 || entry.socket === undefined) return;
    const strangers = this.#strangers(entry);
    for (const old of entry.deaf.values())
      if (!strangers.some((link) => link.name === old.name && !isOther(old, link))) undeafen(entry, old.name);
    for (const link of strangers) {
      if (entry.deaf.has(link.name)) continue;
      try {
        deafen(entry, link);
      } catch (error) {
        this.#logFailure(entry, link.name, error);
      }
    }
  }

  #logPresence(): void {
    for (const name of this.#options.interfaces) {
      const isMissing = !this.#links.some((link) => link.name === name);
      if (isMissing && !this.#missing.has(name)) {
        this.#missing.add(name);
        this.#options.log.warn({ interface: name }, "interface is not up: SAP is joined there when it comes");
      } else if (!isMissing && this.#missing.delete(name)) {
        this.#options.log.info({ interface: name }, "interface is up: joining SAP");
      }
    }
  }

  /** Brings the memberships of one group in line with the interfaces. */
  async #follow(entry: GroupSocket): Promise<void> {
    const links = this.#links.filter((link) => entry.only === undefined || link.name === entry.only);
    const isReplaced = [...entry.joined.values()].some((old) => links.some((link) => isOther(old, link)));
    if (isReplaced || (entry.socket === undefined && links.length > 0)) await this.#reopen(entry);
    const { socket } = entry;
    if (socket === undefined) return;
    const isSilent = performance.now() - entry.lastHeardMs >= (this.#options.rejoinSilenceMs ?? REJOIN_SILENCE_MS);
    if (isSilent) entry.lastHeardMs = performance.now();
    for (const old of entry.joined.values()) {
      if (!isSilent && links.some((link) => link.name === old.name)) continue;
      // Only what nobody has joined any more is announced to the network when it is joined again.
      for (const one of this.#sockets) if (one.group === entry.group) undeafen(one, old.name);
      leave(entry, old);
    }
    for (const link of links) if (!entry.joined.has(link.name)) this.#join(entry, link);
  }

  /** The new socket is there before the old one goes, so nothing is missed; duplicates do no harm. */
  async #reopen(entry: GroupSocket): Promise<void> {
    const old = entry.socket;
    try {
      entry.socket = await this.#bind(entry);
      entry.joined.clear();
      entry.deaf.clear();
      for (const link of this.#links) if (entry.only === undefined || entry.only === link.name) this.#join(entry, link);
      this.#deafen(entry);
    } catch (error) {
      this.#logFailure(entry, "", error);
      return;
    }
    await close(old);
  }

  #join(entry: GroupSocket, link: LinkState): void {
    try {
      if (!join(entry, link)) return;
      entry.failed.delete(link.name);
      this.counters.joins += 1;
    } catch (error) {
      this.#logFailure(entry, link.name, error);
    }
  }

  #logFailure(entry: GroupSocket, interfaceName: string, error: unknown): void {
    this.counters.joinFailures += 1;
    if (entry.failed.has(interfaceName)) return;
    entry.failed.add(interfaceName);
    const fields = { group: entry.group.address, interface: interfaceName || entry.only, err: error };
    this.#options.log.warn(fields, "cannot join this SAP group, trying again");
  }
}

/** IPv6 groups beyond the link cannot be told apart by interface, because Node does not ask the kernel to. */
function servesOneInterface(group: SapGroup): boolean {
  return group.family === 4 || group.address.startsWith("ff02:");
}

async function close(socket: Socket | undefined): Promise<void> {
  if (socket === undefined) return;
  const closed = once(socket, "close");
  socket.close();
  await closed;
}
