// SPDX-License-Identifier: MIT
import type { Session } from "@mauth/protocol/api";
import { SAP_PORT, decodeSap } from "../sap/packet.ts";
import { SessionDirectory } from "../sessions.ts";
import type { Now, RemovalReason, SessionChange } from "../sessions.ts";
import { sessionId } from "../sessions/identity.ts";
import type { SessionDescription } from "../sdp/description.ts";
import { parseSdp } from "../sdp/parse.ts";
import type { Capture, CapturedDatagram } from "./pcap.ts";
import { describedReport } from "./report.ts";

/** A session of a capture, ended or not. */
interface Seen {
  readonly announcer: string;
  readonly sapGroup: string;
  readonly originatingSource: string;
  readonly hashes: Set<number>;
  announcements: number;
  /** Why it left, null while it is on the air. */
  ended: RemovalReason | null;
  description: SessionDescription;
}

/** Plays a capture to a directory of default limits; the capture's time is the clock. Returns the report lines. */
export function replay(capture: Capture, atSeconds: readonly number[]): object[] {
  const player = new Player(capture.startMs ?? 0);
  const datagrams = capture.datagrams.filter((one) => one.destinationPort === SAP_PORT);
  const moments = [...atSeconds].sort((left, right) => left - right);
  const reports = new Map<number, object>();
  let summary: object | undefined;
  let next = 0;
  for (const moment of [...moments, Number.POSITIVE_INFINITY]) {
    for (; next < datagrams.length; next += 1) {
      const datagram = datagrams[next];
      if (datagram === undefined || player.secondsOf(datagram) > moment) break;
      player.play(datagram);
    }
    if (next >= datagrams.length) summary ??= player.summary();
    if (Number.isFinite(moment)) reports.set(moment, player.reportAt(moment));
  }
  return [summary ?? player.summary(), ...atSeconds.map((moment) => reports.get(moment) ?? {})];
}

class Player {
  readonly #directory = new SessionDirectory();
  readonly #seen = new Map<string, Seen>();
  readonly #startMs: number;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  secondsOf(datagram: CapturedDatagram): number {
    return (datagram.atMs - this.#startMs) / 1000;
  }

  play(datagram: CapturedDatagram): void {
    const now = this.#now(this.secondsOf(datagram));
    const { payload: bytes, source, destination: sapGroup } = datagram;
    this.#noteEnds(this.#directory.expire(now));
    this.#noteEnds(this.#directory.hear({ bytes, source, sapGroup, interface: "", mrouter: null }, now));
    this.#noteAnnouncement(datagram);
  }

  /** Counts what the directory took: the session is there, and with this description. */
  #noteAnnouncement({ payload, source, destination }: CapturedDatagram): void {
    const packet = decodeSap(payload);
    const description = packet.ok ? parseSdp(packet.value.payload) : packet;
    if (!packet.ok || !description.ok || packet.value.deletion) return;
    const { messageIdHash, originatingSource } = packet.value;
    const id = sessionId({ ...packet.value, source, origin: description.value.origin });
    if (this.#directory.find(id)?.sdp !== description.value.text) return;
    const known = this.#seen.get(id) ?? {
      announcer: source,
      sapGroup: destination,
      originatingSource,
      hashes: new Set(),
      announcements: 0,
    };
    known.hashes.add(messageIdHash);
    const announcements = known.announcements + 1;
    this.#seen.set(id, { ...known, announcements, description: description.value, ended: null });
  }

  #noteEnds(changes: readonly SessionChange[]): void {
    for (const change of changes) {
      const seen = change.type === "remove" ? this.#seen.get(change.id) : undefined;
      if (seen !== undefined && change.type === "remove") seen.ended = change.reason;
    }
  }

  summary(): object {
    const sessions = [...this.#seen].map(([id, { description, hashes, ended, ...rest }]) => ({
      id,
      ...describedReport(description),
      ...rest,
      messageIdHashes: [...hashes],
      active: ended === null,
      ended,
    }));
    return { sessions, activeAtEnd: titlesOf(this.#directory.sessions()) };
  }

  reportAt(seconds: number): object {
    this.#noteEnds(this.#directory.expire(this.#now(seconds)));
    const sessions = this.#directory.sessions();
    const groups = new Set(sessions.flatMap((session) => session.media.flatMap((media) => media.groups)));
    return { at: seconds, active: titlesOf(sessions), groups: [...groups].sort() };
  }

  #now(seconds: number): Now {
    return { monotonicMs: seconds * 1000, wallMs: this.#startMs + seconds * 1000 };
  }
}

function titlesOf(sessions: readonly Session[]): string[] {
  return sessions.map((session) => session.title).sort();
}
