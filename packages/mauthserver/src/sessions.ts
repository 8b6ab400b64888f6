// SPDX-License-Identifier: MIT
import type { Session } from "@mauth/protocol/api";
import { DATAGRAM_BYTES_MAX, decodeSap } from "./sap/packet.ts";
import type { SapPacket } from "./sap/packet.ts";
import { REFUSALS } from "./sap/refusal.ts";
import type { Refusal } from "./sap/refusal.ts";
import { decodeText } from "./sdp/text.ts";
import { findOrigin } from "./sdp/origin.ts";
import { parseSdp } from "./sdp/parse.ts";
import { endAtOf, entryOf, isStaleDeletion, noteNewHash, sessionOf, silentUntilMs } from "./sessions/entry.ts";
import type { Entry } from "./sessions/entry.ts";
import { quickDigest, sessionId } from "./sessions/identity.ts";
import { contentOf, hasHeader, headerOf, isCutOff, isEnded, noteHearing } from "./sessions/announcement.ts";
import type { Announcement } from "./sessions/announcement.ts";
import type { Heard, Now } from "./sessions/heard.ts";
import type { Claim } from "./sessions/identity.ts";
import { graceMs, observedPeriodMs } from "./sessions/period.ts";
import { EntryTable, keptBytesOf } from "./sessions/table.ts";
import type { TableLimits } from "./sessions/table.ts";

export type { Heard, Now } from "./sessions/heard.ts";

/**
 * Why a session left the directory: a deletion, silence, its announced end, room for another source's
 * sessions, or because it turned out to be several. */
export type RemovalReason = "deleted" | "timeout" | "ended" | "evicted" | "split";

export type SessionChange =
  | { readonly type: "add"; readonly session: Session }
  | { readonly type: "remove"; readonly id: string; readonly reason: RemovalReason };

/** Datagrams by outcome. */
export type DirectoryCounters = Record<"announcements" | "refreshes" | "deletions" | Refusal, number>;

export interface DirectoryOptions extends Partial<TableLimits> {
  /** Silence before a session is dropped, at least, in ms. */
  readonly minTimeoutMs?: number;
  /** Deletions are easily forged on a LAN: ignore them and wait for the timeout. */
  readonly ignoreDeletions?: boolean;
  /** An unchanged session is returned again at most this often, for its `lastHeardAt`. */
  readonly refreshShownEveryMs?: number;
}

/** Times that a replaced hash must come back before one o= line is taken for several sessions. */
const RETURNS_UNTIL_SHARED = 2;
/** o= lines known to be shared; beyond, the oldest is forgotten. */
const SHARED_MAX = 4096;

const DEFAULTS = {
  minTimeoutMs: 3_600_000, // RFC 2974 §4
  ignoreDeletions: false,
  refreshShownEveryMs: 10_000,
  sessionsMax: 131_072,
  sessionsPerSourceMax: 16_384,
  keptBytesMax: 512 * 1024 * 1024,
  keptBytesPerSourceMax: 64 * 1024 * 1024,
} as const satisfies Required<DirectoryOptions>;

/** A session that was stored before a restart. */
export interface StoredSession {
  readonly id: string;
  /** Reads it, which takes some microseconds. */
  read(): Session;
}

/** The sessions on the air, as told by datagrams and time (RFC 2974 §4, §5). It owns no socket and no clock. */
export class SessionDirectory {
  readonly counters: DirectoryCounters;
  readonly #options: Required<DirectoryOptions>;
  readonly #table: EntryTable;
  /** Restored, and not yet in the table. */
  readonly #dormant = new Map<string, StoredSession>();
  #restoredAt: Now = { monotonicMs: 0, wallMs: 0 };
  /** Ids of sessions that turned out to be several under one o=, as getstream announces all of its channels. */
  readonly #shared = new Set<string>();
  /** No entry is due before these: the monotonic clock for silence, the wall clock for announced ends. */
  #silentNotBeforeMs = Number.POSITIVE_INFINITY;
  #endNotBeforeAt = Number.POSITIVE_INFINITY;

  constructor(options: DirectoryOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
    this.#table = new EntryTable(this.#options);
    const refusals = Object.fromEntries(Object.keys(REFUSALS).map((reason) => [reason, 0]));
    this.counters = { announcements: 0, refreshes: 0, deletions: 0, ...(refusals as Record<Refusal, number>) };
  }

  /** Sessions held. */
  get size(): number {
    return this.#table.size + this.#dormant.size;
  }

  /** Memory that they take, about; without those that were not yet looked at. */
  get keptBytes(): number {
    return this.#table.keptBytes;
  }

  /** Monotonic time of the next `expire` that can change anything, null while the directory is empty. */
  nextExpiryMs(now: Now): number | null {
    const nextMs = Math.min(this.#silentNotBeforeMs, this.#endNotBeforeAt - now.wallMs + now.monotonicMs);
    return this.#table.size === 0 ? null : nextMs;
  }

  /** Every session, oldest first. */
  sessions(): Session[] {
    this.wake(this.#dormant.size);
    return [...this.#table.values()].map((entry) => this.#show(entry));
  }

  /** The session of that id. */
  find(id: string): Session | undefined {
    const entry = this.#find(id);
    return entry === undefined ? undefined : this.#show(entry);
  }

  /** Takes a datagram and returns what it changed. */
  hear(heard: Heard, now: Now): SessionChange[] {
    if (heard.bytes.length > DATAGRAM_BYTES_MAX) return this.#refuse("too-long");
    const digest = quickDigest(heard.bytes);
    const known = this.#table.findDatagram(heard.source, digest, heard.bytes);
    if (known !== undefined && !isEnded(known.endAt, now)) return this.#refresh(known, heard, now);
    const packet = decodeSap(heard.bytes);
    if (!packet.ok) return this.#refuse(packet.reason);
    if (packet.value.deletion) return this.#hearDeletion(packet.value, heard);
    const description = parseSdp(packet.value.payload);
    if (!description.ok) return this.#refuse(description.reason);
    return this.#hearAnnouncement({ packet: packet.value, description: description.value, heard, digest, now });
  }

  /** Drops what has been silent for too long or has ended; cheap when called before `nextExpiryMs`. */
  expire(now: Now): SessionChange[] {
    if (now.monotonicMs < this.#silentNotBeforeMs && now.wallMs < this.#endNotBeforeAt) return [];
    const changes: SessionChange[] = [];
    this.#silentNotBeforeMs = Number.POSITIVE_INFINITY;
    this.#endNotBeforeAt = Number.POSITIVE_INFINITY;
    for (const entry of this.#table.values()) {
      const isSilent = now.monotonicMs >= silentUntilMs(entry, this.#options.minTimeoutMs);
      if (isEnded(entry.endAt, now)) changes.push(this.#remove(entry, "ended"));
      else if (isSilent) changes.push(this.#remove(entry, "timeout"));
      else this.#schedule(entry);
    }
    return changes;
  }

  /**
   * Takes back sessions that were stored before a restart; those whose time ran out meanwhile get ten more periods. Each is
   * read when it is asked for or heard, or by `wake`: until then it neither ends nor counts against its source.
   */
  restore(sessions: Iterable<StoredSession>, now: Now): void {
    this.#restoredAt = now;
    for (const session of sessions) this.#dormant.set(session.id, session);
  }

  /** Reads up to `count` of the sessions that were restored, and returns them; none when all are read. */
  wake(count: number): Session[] {
    const woken: Session[] = [];
    for (const stored of this.#dormant.values()) {
      if (woken.length >= count) break;
      woken.push(this.#show(this.#wakeOne(stored)));
    }
    return woken;
  }

  #wakeOne(stored: StoredSession): Entry {
    const { monotonicMs, wallMs } = this.#restoredAt;
    const session = stored.read();
    const silenceMs = Math.max(0, wallMs - session.lastHeardAt);
    const entry = entryOf(session, monotonicMs - silenceMs);
    entry.graceUntilMs = monotonicMs + graceMs(session.periodMs);
    this.#dormant.delete(stored.id);
    this.#table.add(entry);
    this.#schedule(entry);
    return entry;
  }

  #find(id: string): Entry | undefined {
    const stored = this.#dormant.get(id);
    return stored === undefined ? this.#table.find(id) : this.#wakeOne(stored);
  }

  #hearAnnouncement(announcement: Announcement): SessionChange[] {
    const { packet, description, heard, now } = announcement;
    const id = this.#idOf({ ...packet, source: heard.source, origin: description.origin });
    const known = this.#find(id);
    const endAt = endAtOf(description);
    if (isEnded(endAt, now)) {
      this.#refuse("ended");
      return known === undefined ? [] : [this.#remove(known, "ended")];
    }
    if (known === undefined) return this.#add(id, announcement);
    if (isCutOff(known, packet, description)) return this.#refuse("cut-off");
    return this.#modify(known, announcement);
  }

  #add(id: string, announcement: Announcement): SessionChange[] {
    const { packet, heard, now } = announcement;
    const entry: Entry = {
      id,
      announcer: heard.source,
      messageIdHash: packet.messageIdHash,
      header: headerOf(packet),
      formerHash: null,
      replacedHashes: new Map(),
      returns: 0,
      ...contentOf(announcement),
      hearings: new Map(),
      firstHeardAt: now.wallMs,
      lastHeardAt: now.wallMs,
      lastHeardMs: now.monotonicMs,
      periodMs: null,
      graceUntilMs: now.monotonicMs,
      shownMs: now.monotonicMs,
    };
    const room = this.#makeRoom(entry);
    if (typeof room === "string") return this.#refuse(room);
    this.counters.announcements += 1;
    this.#table.add(entry);
    noteHearing(entry, heard, now);
    this.#schedule(entry);
    return [...room, { type: "add", session: this.#show(entry) }];
  }

  /** Evicts from the greediest source until the entry fits, or tells why it may not come in. */
  #makeRoom(entry: Entry): SessionChange[] | Refusal {
    const bytes = keptBytesOf(entry);
    const refusal = this.#table.refusal(entry.announcer, bytes);
    if (refusal !== undefined) return refusal;
    const changes: SessionChange[] = [];
    while (this.#table.isFull(bytes, this.#dormant.size)) {
      const evicted = this.#table.evictable(entry.announcer);
      if (evicted === undefined) return "too-many-sessions";
      changes.push(this.#remove(evicted, "evicted"));
    }
    return changes;
  }

  #modify(entry: Entry, announcement: Announcement): SessionChange[] {
    const { packet, heard, now } = announcement;
    const content = contentOf(announcement);
    const refusal = this.#table.growthRefusal(entry, content);
    if (refusal !== undefined) return this.#refuse(refusal);
    const isSame = content.described.sdp === entry.described.sdp && packet.messageIdHash === entry.messageIdHash;
    this.#table.change(entry, () => {
      noteNewHash(entry, packet.messageIdHash, now.monotonicMs);
      Object.assign(entry, content, { header: headerOf(packet) });
    });
    if (entry.returns >= RETURNS_UNTIL_SHARED) return this.#split(entry, announcement);
    if (isSame) return this.#refresh(entry, heard, now);
    this.counters.announcements += 1;
    this.#touch(entry, heard, now);
    return [this.#shown(entry, now)];
  }

  /** From now on the SAP header tells the sessions of this o= line apart. */
  #split(entry: Entry, announcement: Announcement): SessionChange[] {
    const [oldest] = this.#shared;
    if (this.#shared.size >= SHARED_MAX && oldest !== undefined) this.#shared.delete(oldest);
    this.#shared.add(entry.id);
    return [this.#remove(entry, "split"), ...this.#hearAnnouncement(announcement)];
  }

  #idOf(claim: Claim): string {
    const id = sessionId(claim);
    return this.#shared.has(id) ? sessionId({ ...claim, isShared: true }) : id;
  }

  #refresh(entry: Entry, heard: Heard, now: Now): SessionChange[] {
    this.counters.refreshes += 1;
    const isNewPlace = this.#touch(entry, heard, now);
    const isDue = now.monotonicMs - entry.shownMs >= this.#options.refreshShownEveryMs;
    return isNewPlace || isDue ? [this.#shown(entry, now)] : [];
  }

  #touch(entry: Entry, heard: Heard, now: Now): boolean {
    entry.periodMs = observedPeriodMs(entry.periodMs, now.monotonicMs - entry.lastHeardMs);
    entry.lastHeardMs = now.monotonicMs;
    entry.lastHeardAt = now.wallMs;
    this.#schedule(entry);
    return noteHearing(entry, heard, now);
  }

  #hearDeletion(packet: SapPacket, heard: Heard): SessionChange[] {
    if (this.#options.ignoreDeletions) return this.#refuse("deletion-ignored");
    const origin = findOrigin(decodeText(packet.payload).text);
    const entry =
      origin === undefined
        ? this.#onlyWithHeader(heard.source, packet)
        : this.#find(this.#idOf({ ...packet, source: heard.source, origin }));
    if (entry === undefined) return this.#refuse("deletion-unknown");
    if (origin !== undefined && isStaleDeletion(entry, packet.messageIdHash, origin))
      return this.#refuse("deletion-stale");
    this.counters.deletions += 1;
    return [this.#remove(entry, "deleted")];
  }

  /** A deletion without o= says which session only if one alone of that source has its header; hash 0 says nothing. */
  #onlyWithHeader(source: string, packet: SapPacket): Entry | undefined {
    if (packet.messageIdHash === 0) return undefined;
    this.wake(this.#dormant.size);
    const matching = this.#table.ofSource(source).filter((entry) => hasHeader(entry, packet));
    return matching.length === 1 ? matching[0] : undefined;
  }

  #refuse(reason: Refusal): SessionChange[] {
    this.counters[reason] += 1;
    return [];
  }

  #remove(entry: Entry, reason: RemovalReason): SessionChange {
    this.#table.delete(entry);
    return { type: "remove", id: entry.id, reason };
  }

  #schedule(entry: Entry): void {
    this.#silentNotBeforeMs = Math.min(this.#silentNotBeforeMs, silentUntilMs(entry, this.#options.minTimeoutMs));
    this.#endNotBeforeAt = Math.min(this.#endNotBeforeAt, entry.endAt ?? Number.POSITIVE_INFINITY);
  }

  #shown(entry: Entry, now: Now): SessionChange {
    entry.shownMs = now.monotonicMs;
    return { type: "add", session: this.#show(entry) };
  }

  #show(entry: Entry): Session {
    return sessionOf(entry, this.#options.minTimeoutMs);
  }
}
