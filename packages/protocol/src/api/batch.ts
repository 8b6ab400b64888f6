// SPDX-License-Identifier: MIT

/** Bytes of a batch at which the next one begins: small enough to be read within a frame of the screen. */
export const BATCH_LENGTH_BYTES = 64 * 1024;
/** Sessions that come first in a batched snapshot: more than the tallest screen shows. */
export const LEADING_SESSIONS = 100;

/** With more sessions than this none come first: looking at all their titles would hold everything else up. */
export const LEADING_OF_SESSIONS_MAX = 20_000;

/** The entities of one name in a snapshot, each as the UTF-8 text of its command. */
export interface Section {
  readonly entity: string;
  /** How many there are when they begin to be sent; more may come meanwhile. */
  readonly total: number;
  readonly frames: Iterable<Uint8Array>;
}

const utf8 = new TextEncoder();
const [OPEN, COMMA, CLOSE] = utf8.encode("[,]") as unknown as [number, number, number];

/**
 * Puts many commands into one text frame, a JSON array of them: a browser takes 40 µs for a frame however small it is. Each
 * batch ends with a `progress` command; in the last of a section, `sent` equals `total`.
 */
export function* batchesOf({ entity, total, frames }: Section, rev: number): Generator<Uint8Array> {
  const batch = new Batch();
  let sent = 0;
  const progress = (of: number): Uint8Array =>
    utf8.encode(JSON.stringify({ rev, type: "add", entity: "progress", value: { entity, sent, total: of } }));
  for (const frame of frames) {
    batch.push(frame);
    sent++;
    if (batch.lengthBytes >= BATCH_LENGTH_BYTES) yield batch.take(progress(Math.max(total, sent + 1)));
  }
  yield batch.take(progress(sent));
}

class Batch {
  #frames: Uint8Array[] = [];
  lengthBytes = 0;

  push(frame: Uint8Array): void {
    this.#frames.push(frame);
    // With the comma or bracket before it.
    this.lengthBytes += 1 + frame.length;
  }

  /** The array of what was pushed since the last call, and of `last`. */
  take(last: Uint8Array): Uint8Array {
    this.push(last);
    const bytes = new Uint8Array(this.lengthBytes + 1);
    let at = 0;
    for (const frame of this.#frames) {
      bytes[at] = at === 0 ? OPEN : COMMA;
      bytes.set(frame, at + 1);
      at += 1 + frame.length;
    }
    bytes[at] = CLOSE;
    this.#frames = [];
    this.lengthBytes = 0;
    return bytes;
  }
}

/** The ids of the sessions that a list by title begins with, in that order; equal titles as they were given. */
export function leadingSessions(sessions: Iterable<{ readonly id: string; readonly title: string }>): string[] {
  const leading: { id: string; title: string }[] = [];
  for (const { id, title } of sessions) {
    const key = title.toLowerCase();
    const last = leading.at(-1);
    if (leading.length === LEADING_SESSIONS && last !== undefined && last.title <= key) continue;
    const after = leading.findLastIndex((one) => one.title <= key);
    leading.splice(after + 1, 0, { id, title: key });
    if (leading.length > LEADING_SESSIONS) leading.pop();
  }
  return leading.map((one) => one.id);
}
