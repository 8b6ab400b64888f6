// SPDX-License-Identifier: MIT
import type { Origin } from "@mauth/protocol/api";
import { formatSdp } from "../sdp/format.ts";
import type { AnnouncedDescription, LineEnd } from "../sdp/format.ts";
import { NTP_TO_UNIX_S } from "../sdp/times.ts";
import { encodeSap } from "./packet.ts";
import { baseIntervalMs, offsetIntervalMs } from "./schedule.ts";
import type { AnnouncementInterval } from "./schedule.ts";

/** After a change an announcement is repeated this much later, in case the first was lost. */
const REPEAT_AFTER_CHANGE_MS = 1500;
/** A deletion is sent so many times, so far apart. */
const DELETIONS = 3;
const DELETION_GAP_MS = 1000;
/** Sessions that one server announces. */
export const ANNOUNCED_MAX = 4096;

/** What an operator asks to be announced; the announcer fills in sess-id, version and hash. */
export interface AnnouncementRequest {
  readonly description: Omit<AnnouncedDescription, "origin">;
  /** The server's address on the LAN, which is the originating source. */
  readonly originatingSource: string;
  /** Groups to announce it on, identically (RFC 2974 §3). */
  readonly sapGroups: readonly string[];
  readonly interval: AnnouncementInterval;
  readonly lineEnd: LineEnd;
}

/** What must outlive a restart, so that the session goes on as the same one. */
export interface AnnouncementRecord extends AnnouncementRequest {
  readonly id: string;
  readonly sessId: string;
  readonly sessVersion: number;
  readonly messageIdHash: number;
}

/** A datagram to send to a SAP group from the originating source. */
export interface Outgoing {
  readonly originatingSource: string;
  readonly sapGroup: string;
  readonly bytes: Uint8Array;
}

export interface AnnouncerOptions {
  /** In [0, 1). */
  readonly random: () => number;
  /** Announcements heard on a SAP group from everybody, for the interval of RFC 2974 §3.1. */
  readonly announcementsOn: (sapGroup: string) => number;
}

interface Announced {
  record: AnnouncementRecord;
  readonly sapGroup: string;
  bytes: Uint8Array;
  lastMs: number;
  dueMs: number;
  /** Repetitions still owed to a change. */
  repeats: number;
  offset: number;
}

interface Deleting {
  readonly outgoing: Outgoing;
  dueMs: number;
  left: number;
}

/** Decides when which announcement is sent (RFC 2974 §3, §4). It owns no socket, no clock and no random source. */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #records = new Map<string, AnnouncementRecord>();
  readonly #announced = new Map<string, Announced>();
  /** Hashes in use. */
  readonly #hashes = new Set<number>();
  #lastSessId = 0;
  #deleting: Deleting[] = [];

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** What is announced at present, to be stored. */
  records(): AnnouncementRecord[] {
    return [...this.#records.values()];
  }

  /** Monotonic time of the next `due`, null when nothing is announced. */
  get nextMs(): number | null {
    const times = [...this.#announced.values(), ...this.#deleting].map((one) => one.dueMs);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Begins to announce, or announces a change: a higher version under another hash. Undefined when there are too many. */
  announce(id: string, request: AnnouncementRequest, nowMs: number, unixS: number): AnnouncementRecord | undefined {
    const record = this.prepare(id, request, unixS);
    if (record !== undefined) this.put(record, nowMs);
    return record;
  }

  /** Makes what `put` will announce, to be stored before; nothing is announced yet. Undefined when there are too many. */
  prepare(id: string, request: AnnouncementRequest, unixS: number): AnnouncementRecord | undefined {
    const known = this.#records.get(id);
    if (known === undefined && this.#records.size >= ANNOUNCED_MAX) return undefined;
    return {
      ...request,
      id,
      sessId: known?.sessId ?? this.#newSessId(unixS),
      sessVersion: known === undefined ? 1 : known.sessVersion + 1,
      messageIdHash: this.#newHash(),
    };
  }

  /** Announces what was prepared, instead of what it changes. */
  put(record: AnnouncementRecord, nowMs: number): void {
    const known = this.#records.get(record.id);
    // The old hash is given up first: a listener that goes by o= alone then takes the new announcement in again.
    if (known !== undefined) this.#delete(known, nowMs, 1);
    this.#start(record, nowMs);
  }

  /** Goes on with what was stored, as the same sessions. */
  restore(records: readonly AnnouncementRecord[], nowMs: number): void {
    for (const record of records.slice(0, ANNOUNCED_MAX)) this.#start(record, nowMs);
  }

  /** Stops announcing a session and deletes it at its listeners; returns whether there was one. */
  withdraw(id: string, nowMs: number): boolean {
    const record = this.#records.get(id);
    if (record === undefined) return false;
    this.#delete(record, nowMs, DELETIONS);
    return this.#records.delete(id);
  }

  /** Deletes every session at its listeners, for a shutdown; what was stored can be restored later. */
  shutdown(nowMs: number): void {
    for (const record of this.#records.values()) this.#delete(record, nowMs, DELETIONS);
    this.#records.clear();
  }

  /** Takes what is to be sent now. */
  due(nowMs: number): Outgoing[] {
    const deletions = this.#deleting.filter((one) => one.dueMs <= nowMs).map((one) => this.#repeatDeletion(one, nowMs));
    this.#deleting = this.#deleting.filter((one) => one.left > 0);
    const announcements = [...this.#announced.values()].filter((one) => one.dueMs <= nowMs);
    return [...deletions, ...announcements.flatMap((one) => this.#send(one, nowMs))];
  }

  #start(record: AnnouncementRecord, nowMs: number): void {
    this.#records.set(record.id, record);
    this.#hashes.add(record.messageIdHash);
    this.#lastSessId = Math.max(this.#lastSessId, Number(record.sessId));
    const bytes = encodeAnnouncement(record, false);
    for (const sapGroup of new Set(record.sapGroups)) {
      const times = { lastMs: nowMs, dueMs: nowMs, repeats: 2, offset: 0 };
      this.#announced.set(`${record.id} ${sapGroup}`, { record, sapGroup, bytes, ...times });
    }
  }

  /** Sends unless the group has become so full meanwhile that it is not due yet (reconsideration, RFC 2974 §3.1). */
  #send(one: Announced, nowMs: number): Outgoing[] {
    if (one.repeats === 0) {
      const reconsideredMs = one.lastMs + offsetIntervalMs(this.#baseMs(one), one.offset);
      if (reconsideredMs > nowMs) {
        one.dueMs = reconsideredMs;
        return [];
      }
    }
    one.repeats = Math.max(0, one.repeats - 1);
    one.lastMs = nowMs;
    one.offset = this.#options.random();
    one.dueMs = nowMs + (one.repeats > 0 ? REPEAT_AFTER_CHANGE_MS : offsetIntervalMs(this.#baseMs(one), one.offset));
    return [{ originatingSource: one.record.originatingSource, sapGroup: one.sapGroup, bytes: one.bytes }];
  }

  #baseMs({ record, sapGroup, bytes }: Announced): number {
    const isShared = record.interval.mode === "rfc";
    const announcements = isShared ? Math.max(1, this.#options.announcementsOn(sapGroup)) : 1;
    return baseIntervalMs(record.interval, { announcements, bytes: bytes.length });
  }

  #delete(record: AnnouncementRecord, nowMs: number, times: number): void {
    const bytes = encodeAnnouncement(record, true);
    const { originatingSource } = record;
    this.#hashes.delete(record.messageIdHash);
    for (const sapGroup of new Set(record.sapGroups)) {
      this.#announced.delete(`${record.id} ${sapGroup}`);
      this.#deleting.push({ outgoing: { originatingSource, sapGroup, bytes }, dueMs: nowMs, left: times });
    }
  }

  #repeatDeletion(one: Deleting, nowMs: number): Outgoing {
    one.left -= 1;
    one.dueMs = nowMs + DELETION_GAP_MS;
    return one.outgoing;
  }

  /** An NTP time, as RFC 8866 §5.2 suggests, later than that of every other session here. */
  #newSessId(unixS: number): string {
    this.#lastSessId = Math.max(Math.floor(unixS) + NTP_TO_UNIX_S, this.#lastSessId + 1);
    return String(this.#lastSessId);
  }

  /** Never 0, and used by no other session here, nor by the version before (RFC 2974 §6). */
  #newHash(): number {
    let hash = Math.floor(this.#options.random() * 0x10000) & 0xffff;
    while (hash === 0 || this.#hashes.has(hash)) hash = (hash + 1) & 0xffff;
    return hash;
  }
}

/** The o= line under which it is announced. */
export function originOf({ sessId, sessVersion, originatingSource }: AnnouncementRecord): Origin {
  const addrType = originatingSource.includes(":") ? "IP6" : "IP4";
  const address = originatingSource;
  return { username: "-", sessId, sessVersion: String(sessVersion), netType: "IN", addrType, address };
}

/** The description as it is announced. */
export function sdpOf(record: AnnouncementRecord): string {
  return formatSdp({ ...record.description, origin: originOf(record) }, record.lineEnd);
}

/** The datagram; the whole description also in a deletion: PulseAudio and PipeWire do not take the o= line alone. */
export function encodeAnnouncement(record: AnnouncementRecord, deletion: boolean): Uint8Array {
  const { messageIdHash, originatingSource } = record;
  const payload = new TextEncoder().encode(sdpOf(record));
  return encodeSap({ deletion, messageIdHash, originatingSource, payload });
}
