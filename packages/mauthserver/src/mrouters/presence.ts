// SPDX-License-Identifier: MIT
import type { Mrouter } from "@mauth/protocol/api";

/** Silent for five questions, of which it is asked one a second: shown within 6 s, as promised, by a busy server as well. */
export const OFFLINE_AFTER_MS = 5000;
/** A difference younger than this is a change on its way, not drift. */
const DRIFT_SHOWN_AFTER_MS = 500;

/** What can be seen without what the mrouter says. */
export type PresenceState = Extract<Mrouter["state"], "connecting" | "online" | "drifted" | "offline">;

/** Derives the state of an mrouter from what was heard and what is not yet as decided. */
export class Presence {
  readonly #startedAtMs: number;
  #heardAtMs: number | undefined;
  #difference: unknown;
  #differsSinceMs = 0;

  /** All times are monotonic. */
  constructor(nowMs: number) {
    this.#startedAtMs = nowMs;
  }

  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  /** `difference`: what is not as decided, the same value for as long as it is the same; undefined when nothing is. */
  observe(difference: unknown, nowMs: number): PresenceState {
    if (difference !== this.#difference) this.#differsSinceMs = nowMs;
    this.#difference = difference;
    if (nowMs - (this.#heardAtMs ?? this.#startedAtMs) > OFFLINE_AFTER_MS) return "offline";
    if (this.#heardAtMs === undefined) return "connecting";
    const differsMs = difference === undefined ? 0 : nowMs - this.#differsSinceMs;
    return differsMs > DRIFT_SHOWN_AFTER_MS ? "drifted" : "online";
  }
}
