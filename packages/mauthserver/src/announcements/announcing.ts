// SPDX-License-Identifier: MIT
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Announcement, AnnouncementRequest } from "@mauth/protocol/api";
import { authorshipOf, BY_ITSELF } from "../by.ts";
import type { By } from "../by.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Board } from "../push/board.ts";
import { ANNOUNCED_MAX, Announcer, encodeAnnouncement } from "../sap/announcer.ts";
import type { AnnouncementRecord, Outgoing } from "../sap/announcer.ts";
import type { LinkState } from "../sap/interfaces.ts";
import { chooseGroup, sapGroupOf } from "../sap/scopes.ts";
import { NTP_TO_UNIX_S } from "../sdp/times.ts";
import { Serial } from "../serial.ts";
import { SteadyClock } from "../steady-clock.ts";
import type { Fence, Op, Row, Store } from "../store/store.ts";
import { NOT_AS_SEEN, refused, refusedField } from "../http/problem.ts";
import type { Result } from "../http/problem.ts";
import { intervalOf, requestOf, storedOf } from "./stored.ts";
import type { StoredAnnouncement } from "./stored.ts";
import { mediaOf } from "./template.ts";

/** RFC 2974 §6 recommends less than 1 kB, and PipeWire drops from 2048 bytes. */
export const DATAGRAM_BYTES_MAX = 1024;
/** The longest that a Node timer can wait is 2^31 ms; ends are looked at at least so often. */
const WAIT_MS_MAX = 60_000;
/** How late an end may be noticed, and how often the store is asked again to note it. */
const END_RETRY_MS = 1000;

/** Whether a client means the revision that is there; undefined where there is nothing. */
type IsWanted = (rev: number | undefined) => boolean;

/** What sends datagrams; SapSender does. */
export interface Sender {
  send(outgoing: Outgoing): Promise<boolean>;
  stop(): Promise<void>;
}

export interface AnnouncingOptions {
  readonly store: Store;
  /** Tells which groups are in use. */
  readonly board: Board;
  readonly clock: Clock;
  readonly log: Log;
  readonly fence: Fence;
  readonly sender: Sender;
  /** Resolves after so many ms; at the end deletions are sent a second apart. */
  readonly pause?: (ms: number) => Promise<unknown>;
  /** In [0, 1). */
  readonly random: () => number;
  /** The SAP interfaces as they are now. */
  readonly links: () => readonly Pick<LinkState, "name" | "ipv4">[];
}

/** Announces what operators ask for: durable first, then on the air. */
export class Announcing {
  readonly #options: AnnouncingOptions;
  readonly #announcer: Announcer;
  /** By which announcements end: not by a wall clock that jumps. */
  readonly #steady: SteadyClock;
  readonly #serial = new Serial();
  readonly #stored = new Map<string, StoredAnnouncement>();
  /** Revisions of the last changes, by id. */
  readonly #revs = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #isStarted = false;

  constructor(options: AnnouncingOptions) {
    this.#options = options;
    this.#steady = new SteadyClock(options.clock);
    const announcementsOn = (sapGroup: string) => this.#heardOn(sapGroup);
    this.#announcer = new Announcer({ random: options.random, announcementsOn });
  }

  /** Takes over what the store holds. */
  restore(rows: readonly Row[]): void {
    for (const { kind, rev, body } of rows) {
      if (kind !== "announcement") continue;
      const stored = body as unknown as StoredAnnouncement;
      this.#stored.set(stored.record.id, stored);
      this.#revs.set(stored.record.id, rev);
    }
  }

  /** Begins to announce. */
  start(): void {
    this.#isStarted = true;
    const { clock } = this.#options;
    const lasting = [...this.#stored.values()].filter(
      ({ announcement }) => !isEnded(announcement, this.#steady.nowMs()),
    );
    const records = lasting.map(({ record }) => record);
    this.#announcer.restore(records, clock.monotonicMs());
    this.#tick();
  }

  /** Deletes every session at its listeners, which takes two seconds when there are any; they are announced again after a start. */
  async stop(): Promise<void> {
    await this.#serial.run(async () => undefined);
    clearTimeout(this.#timer);
    if (this.#isStarted) this.#announcer.shutdown(this.#options.clock.monotonicMs());
    this.#isStarted = false;
    for (let nextMs = this.#announcer.nextMs; nextMs !== null; nextMs = this.#announcer.nextMs) {
      const waitMs = nextMs - this.#options.clock.monotonicMs();
      if (waitMs > 0) await (this.#options.pause ?? sleep)(waitMs);
      await Promise.all(
        this.#announcer.due(this.#options.clock.monotonicMs()).map(async (one) => this.#options.sender.send(one)),
      );
    }
    await this.#options.sender.stop();
  }

  /** Every announcement, oldest first. */
  list(): Announcement[] {
    return Array.from(this.#stored.values(), ({ announcement }) => announcement);
  }

  find(id: string): Announcement | undefined {
    return this.#stored.get(id)?.announcement;
  }

  /** Revision of the last change of an announcement; undefined when there is none of that id. */
  revOf(id: string): number | undefined {
    return this.#revs.get(id);
  }

  /** Begins a session. */
  async create(request: AnnouncementRequest, by: By): Promise<Result<Announcement>> {
    return this.#serial.run(async () => this.#put(randomUUID(), request, by));
  }

  /**
   * Changes a session: a higher version under another hash. What is as it was is left alone. NOT_AS_SEEN when `isWanted` does not want
   * the revision that is there.
   */
  async edit(
    id: string,
    request: AnnouncementRequest,
    by: By,
    isWanted: IsWanted = () => true,
  ): Promise<Result<Announcement>> {
    return this.#serial.run(async () => {
      if (!isWanted(this.#revs.get(id))) return NOT_AS_SEEN;
      return this.#stored.has(id) ? this.#put(id, request, by) : NOT_FOUND;
    });
  }

  /** Announces as it was before a change, or again what was ended; listeners take it for another version, or for another session. */
  async renew(before: StoredAnnouncement, by: By, isWanted: IsWanted = () => true): Promise<Result<Announcement>> {
    const { id } = before.record;
    return this.#serial.run(async () =>
      isWanted(this.#revs.get(id)) ? this.#put(id, requestOf(before.announcement), by) : NOT_AS_SEEN,
    );
  }

  /** Ends a session. */
  async withdraw(id: string, by: By, isWanted: IsWanted = () => true): Promise<Result<undefined>> {
    return this.#serial.run(async () => {
      if (!isWanted(this.#revs.get(id))) return NOT_AS_SEEN;
      if (!this.#stored.has(id)) return NOT_FOUND;
      await this.#commit({ op: "delete", kind: "announcement", key: id }, by);
      this.#stored.delete(id);
      this.#revs.delete(id);
      this.#announcer.withdraw(id, this.#options.clock.monotonicMs());
      this.#tick();
      return { ok: true, value: undefined };
    });
  }

  async #put(id: string, request: AnnouncementRequest, by: By): Promise<Result<Announcement>> {
    const before = this.#stored.get(id);
    const wanted = this.#plan(request, before?.announcement);
    if (!wanted.ok) return wanted;
    const { clock } = this.#options;
    const { group, ...asked } = wanted.value;
    const unixS = clock.wallMs() / 1000;
    const record = this.#announcer.prepare(id, asked, unixS);
    if (record === undefined) return refused(409, "no more can be announced", `at most ${ANNOUNCED_MAX} at a time`);
    if (before !== undefined && isSame(before.record, record)) return { ok: true, value: before.announcement };
    if (encodeAnnouncement(record, false).length > DATAGRAM_BYTES_MAX)
      return refused(422, "the announcement is too long", `it must fit into ${DATAGRAM_BYTES_MAX} bytes (RFC 2974 §6)`);
    const changedAt = clock.wallMs();
    const createdAt = before?.announcement.createdAt ?? changedAt;
    const stored = storedOf(request, group, record, { createdAt, changedAt });
    const rev = await this.#commit({ op: "put", kind: "announcement", key: id, body: { ...stored } }, by);
    this.#stored.set(id, stored);
    this.#revs.set(id, rev);
    this.#announcer.put(record, clock.monotonicMs());
    this.#tick();
    return { ok: true, value: stored.announcement };
  }

  /** Fills in what the operator left open: the interface, the group and where to announce it. */
  #plan(request: AnnouncementRequest, before: Announcement | undefined): Result<Planned> {
    const { title, info, interval, lineEnd, endsAt, sapGroups } = request;
    if (request.purpose === "aes67" && request.referenceClock === undefined)
      return refusedField(
        "/referenceClock",
        'is needed for AES67, such as "ptp=IEEE1588-2008:00-00-5E-00-53-01-00-00:0"',
      );
    if (endsAt !== undefined && endsAt <= this.#steady.nowMs()) return refusedField("/endsAt", "must be in the future");
    const originatingSource = this.#sourceOn(request.interface, before?.originatingSource);
    if (originatingSource === undefined) return this.#noInterface(request.interface);
    const group = request.group ?? before?.group ?? this.#freeGroup(request.zone);
    if (group === undefined) return refused(409, "no group is free", `every group of ${request.zone} is in use`);
    const times = [{ start: 0, stop: endsAt === undefined ? 0 : Math.ceil(endsAt / 1000) + NTP_TO_UNIX_S }];
    const description = { title, ...(info !== undefined && { info }), times, media: [mediaOf(request, group)] };
    const planned = { description, originatingSource, interval: intervalOf(interval), lineEnd, group };
    return { ok: true, value: { ...planned, sapGroups: sapGroups ?? [sapGroupOf(group)] } };
  }

  /** The address of that interface, else the one of before while the server has it, else the first. */
  #sourceOn(name: string | undefined, before: string | undefined): string | undefined {
    const links = this.#options.links().filter(({ ipv4 }) => ipv4 !== undefined);
    if (name !== undefined) return links.find((link) => link.name === name)?.ipv4;
    const same = links.find(({ ipv4 }) => ipv4 === before);
    return (same ?? links[0])?.ipv4 ?? before;
  }

  #noInterface(name: string | undefined): Result<never> {
    if (name === undefined)
      return refused(409, "there is no interface to announce on", "none of [sap] interfaces has an IPv4 address now");
    const isKnown = this.#options.links().some((link) => link.name === name);
    return refusedField(
      "/interface",
      isKnown ? "has no IPv4 address now" : "must be one of [sap] interfaces that is up",
    );
  }

  #freeGroup(prefix: string): string | undefined {
    const { board, random } = this.#options;
    const used = new Set(this.list().map(({ group }) => group));
    for (const { media } of board.values("session"))
      for (const { groups } of media) for (const group of groups) used.add(group);
    for (const { group } of board.values("grant")) used.add(group);
    return chooseGroup({ prefix, used, random });
  }

  #heardOn(sapGroup: string): number {
    let count = 0;
    for (const { hearings } of this.#options.board.values("session"))
      if (hearings.some(({ group }) => group === sapGroup)) count++;
    return count;
  }

  async #commit(op: Op, by: By): Promise<number> {
    const { store, clock, fence } = this.#options;
    return store.commit([op], { ...authorshipOf(by, clock.wallMs()), fence });
  }

  /** Sends what is due, ends what has ended, and comes back for the next. */
  #tick(): void {
    clearTimeout(this.#timer);
    if (!this.#isStarted) return;
    const { clock, sender } = this.#options;
    for (const outgoing of this.#announcer.due(clock.monotonicMs())) void sender.send(outgoing);
    this.#endDue();
    const nextMs = this.#announcer.nextMs ?? Number.POSITIVE_INFINITY;
    const waitMs = Math.min(
      nextMs - clock.monotonicMs(),
      Math.max(END_RETRY_MS, this.#nextEndAt() - this.#steady.nowMs()),
      WAIT_MS_MAX,
    );
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, waitMs));
  }

  #nextEndAt(): number {
    let nextAt = Number.POSITIVE_INFINITY;
    for (const { announcement } of this.#stored.values()) nextAt = Math.min(nextAt, announcement.endsAt ?? nextAt);
    return nextAt;
  }

  #endDue(): void {
    const nowAt = this.#steady.nowMs();
    for (const [id, { announcement }] of this.#stored)
      if (isEnded(announcement, nowAt))
        this.withdraw(id, BY_ITSELF).catch((error: unknown) =>
          this.#options.log.warn({ err: error, announcement: id }, "the end of an announcement could not be stored"),
        );
  }
}

type Planned = Parameters<Announcer["prepare"]>[1] & { readonly group: string };

function isEnded({ endsAt }: Announcement, nowAt: number): boolean {
  return endsAt !== undefined && endsAt <= nowAt;
}

const NOT_FOUND = refused(404, "there is no such announcement");

/** Tells whether a change changes nothing that listeners or the announcer see. */
function isSame(before: AnnouncementRecord, after: AnnouncementRecord): boolean {
  const { sessVersion, messageIdHash } = before;
  return JSON.stringify(before) === JSON.stringify({ ...after, sessVersion, messageIdHash });
}
