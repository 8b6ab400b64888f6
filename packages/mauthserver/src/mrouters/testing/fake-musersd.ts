// SPDX-License-Identifier: MIT
import { createSocket } from "node:dgram";
import type { RemoteInfo, Socket } from "node:dgram";
import { once } from "node:events";
import type { ErrorCode } from "@mauth/protocol/error-code";
import { parseIpv4 } from "@mauth/protocol/ipv4";
import { nodeCrypto, nodeRandom } from "@mauth/protocol/node-crypto";
import type { HeldChange } from "@mauth/protocol/rpc";
import { deniedRows, MemorySlots, MemoryTerm, senderRows, V1Server, V2Server } from "@mauth/protocol/rpc";
import { COMMAND, REQUEST_LENGTH_BYTES } from "@mauth/protocol/v1";
import type { Change, DeniedRow, HeldSender, SenderRow, StatusReport, V2Event } from "@mauth/protocol/v2";
import { formatSenderKey, parseSenderKey } from "../../sender-key.ts";

interface Peer {
  readonly address: string;
  readonly port: number;
}

/** A musersd without a kernel: the real protocol over a real UDP socket of 127.0.0.1, and a table in memory. */
export class FakeMusersd {
  /** What the "kernel" holds: maximum TTLs by "SOURCE>GROUP". */
  readonly table = new Map<string, number>();
  /** Those of them that have limits or a lease, as they were asked for. */
  readonly limited = new Map<string, HeldSender>();
  /** Every change that the "kernel" was asked for, in order: "add KEY TTL" or "remove KEY". */
  readonly asked: string[] = [];
  /** What the "kernel" has refused, and the counters of senders. */
  denied: DeniedRow[] = [];
  readonly counts = new Map<string, Partial<SenderRow>>();
  status: StatusReport = {
    filter: "memory",
    mode: "enforce",
    interfaces: [{ name: "lan0", isAttached: true }],
    sendersMax: 1000,
    passedPackets: 0,
    refusedPackets: {},
  };
  /** Refuses what it is asked, as a full or failing kernel would. */
  refuse: (change: Change) => ErrorCode | undefined = () => undefined;
  /** Hears nothing, as behind a cut cable. */
  isCutOff = false;
  readonly #keys: ReadonlyMap<number, Uint8Array>;
  readonly #speaksV2: boolean;
  readonly #leaseSecondsMax: number;
  readonly #allowsNullKey: boolean;
  readonly #readAgeMsMax: number;
  readonly #term = new MemoryTerm();
  #memory = new MemorySlots();
  #bootEpoch = 1;
  #v1: V1Server | undefined;
  #v2: V2Server<Peer> | undefined;
  #socket: Socket | undefined;
  #port = 0;
  #isWorking = false;

  /** Without v2 it is a musersd of the paper. Keys by id; the null key is accepted as well unless told otherwise. */
  constructor(
    options: {
      readonly v2?: boolean;
      readonly keys?: ReadonlyMap<number, Uint8Array>;
      readonly leaseSecondsMax?: number;
      readonly allowsNullKey?: boolean;
      /** How old what it says of its table may be; 0 unless told otherwise, because tests change the table. */
      readonly readAgeMsMax?: number;
    } = {},
  ) {
    this.#readAgeMsMax = options.readAgeMsMax ?? 0;
    this.#allowsNullKey = options.allowsNullKey ?? true;
    this.#leaseSecondsMax = options.leaseSecondsMax ?? 60;
    this.#speaksV2 = options.v2 ?? true;
    this.#keys = options.keys ?? new Map();
  }

  /** "127.0.0.1:PORT", the same after a restart. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async start(): Promise<this> {
    const execute = ({ command, source, group, maxTtl }: Omit<Change, "command"> & { command: number }) =>
      this.#execute({ command: command === COMMAND.add ? "add" : "remove", source, group, maxTtl });
    this.#v1 = new V1Server({ memory: this.#memory, execute });
    this.#v2 = new V2Server<Peer>({
      keys: this.#keys,
      crypto: nodeCrypto,
      random: nodeRandom,
      bootEpoch: this.#bootEpoch++,
      termMemory: this.#term,
      table: {
        apply: (changes) => changes.map((change) => this.#execute(change)),
        list: (visitor) => {
          for (const sender of this.#senders()) visitor.sender(sender);
        },
        setMode: (name, mode) => this.#setMode(name, mode),
        status: () => this.status,
        senders: [senderRows(() => this.#senders())],
        counters: () => [],
        denied: [deniedRows(() => this.denied)],
      },
      allowNullKey: () => this.#allowsNullKey,
      limits: {
        digestAgeMsMax: this.#readAgeMsMax,
        readAgeMsMax: this.#readAgeMsMax,
        statsAgeMsMax: 0,
        leaseSecondsMax: this.#leaseSecondsMax,
      },
    });
    this.#socket = createSocket("udp4", (bytes, remote) => this.#receive(bytes, remote));
    this.#socket.bind(this.#port, "127.0.0.1");
    await once(this.#socket, "listening");
    this.#port = this.#socket.address().port;
    return this;
  }

  /** What kill -9 does: the table and the slots outlive it. */
  async stop(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.close();
    await once(socket, "close");
  }

  /** What a reboot of the mrouter does: the table, the counts and the slots are gone. */
  async reboot(): Promise<void> {
    await this.stop();
    this.table.clear();
    this.limited.clear();
    this.denied = [];
    this.counts.clear();
    this.#memory = new MemorySlots();
    await this.start();
  }

  /** Sends an event to whoever has subscribed. */
  publish(event: V2Event): void {
    this.#send(this.#v2?.publish(event, performance.now()) ?? []);
  }

  #receive(bytes: Uint8Array, { address, port }: RemoteInfo): void {
    if (this.isCutOff) return;
    if (bytes.length === REQUEST_LENGTH_BYTES) {
      const response = this.#v1?.receive({ address: parseIpv4(address) ?? 0, port }, bytes, performance.now());
      if (response) this.#socket?.send(response, port, address);
    } else if (this.#speaksV2) {
      this.#send(this.#v2?.receive({ address, port }, bytes, performance.now()) ?? []);
      this.#work();
    }
  }

  /** Reads long tables step by step, with room for datagrams in between. */
  #work(): void {
    if (this.#isWorking || this.#v2?.hasWork !== true) return;
    this.#isWorking = true;
    setImmediate(() => {
      this.#isWorking = false;
      this.#send(this.#v2?.work(performance.now()) ?? []);
      this.#work();
    });
  }

  #send(datagrams: Iterable<{ readonly peer: Peer; readonly bytes: Uint8Array }>): void {
    for (const { peer, bytes } of datagrams) this.#socket?.send(bytes, peer.port, peer.address);
  }

  #setMode(name: string, mode: "enforce" | "monitor"): ErrorCode | undefined {
    if (!this.status.interfaces.some((one) => one.name === name)) return "no-interface";
    const interfaces = this.status.interfaces.map((one) =>
      one.name === name ? { ...one, isMonitored: mode === "monitor" } : one,
    );
    this.status = { ...this.status, interfaces };
    return undefined;
  }

  #execute({ command, ...held }: HeldChange): ErrorCode | undefined {
    const change: Change = { command, ...held };
    const key = formatSenderKey(change.source, change.group, change.groupLength);
    this.asked.push(change.command === "add" ? `add ${key} ${change.maxTtl}` : `remove ${key}`);
    const error = this.refuse(change);
    if (error !== undefined) return error;
    this.limited.delete(key);
    if (command === "remove") this.table.delete(key);
    else {
      this.table.set(key, held.maxTtl);
      if (Object.keys(held).length > 3) this.limited.set(key, held);
    }
    return undefined;
  }

  *#senders(): Generator<HeldSender & Omit<SenderRow, "leaseSeconds">> {
    for (const [key, maxTtl] of this.table) {
      const name = parseSenderKey(key);
      const { leaseSeconds: _, ...counted } = this.counts.get(key) ?? {};
      const counts = { packets: 0, bytes: 0, refusedPackets: 0, lastMs: 0, ...counted };
      const limited = this.limited.get(key);
      if (name) yield { ...limited, source: name.source, group: name.group, maxTtl, ...counts };
    }
  }
}
