// SPDX-License-Identifier: MIT
import type { V1Call, V1Outcome } from "@mauth/protocol/rpc";
import { COMMAND } from "@mauth/protocol/v1";
import { TokenBucket } from "../token-bucket.ts";
import type { Ledger, Ticket } from "./ledger.ts";

/** In this time every sender is asserted once more, as far as the rate allows: an mrouter that lost its maps gets them back. */
export const REFRESH_ROUND_MS = 1000;
/** Assertions that change nothing. */
export const REFRESHES_PER_SECOND_MAX = 500;
/** Calls of all kinds: a port serves 100 calls and then rests for 40 s, and an mrouter remembers 1024 ports of one address. */
const CALLS_PER_SECOND_MAX = 1500;
const CALLS_BURST = 20_000;
/** Time without an answer after which a call that changes nothing asks whether the mrouter is there. */
const PROBE_PERIOD_MS = 1000;

/** Least time from one probe of a silent mrouter to the next, should the network refuse them at once. */
const SILENT_PROBE_PERIOD_MS = 100;

/** Never valid, so the answer is ERROR and nothing changes: tells that the mrouter is there. */
const PROBE: V1Call = { command: COMMAND.add, source: 0, group: 0, maxTtl: 0 };

export type Step =
  | { readonly type: "call"; readonly call: V1Call; readonly ticket: Ticket | undefined }
  | { readonly type: "wait"; readonly forMs: number };

/**
 * Decides which v1 call to make next: what is pending, else a sender once more. An mrouter that does not answer is only probed:
 * no `add` is on its way then that could arrive after a later `remove`.
 */
export class V1Plan {
  readonly #ledger: Ledger;
  readonly #calls: TokenBucket;
  #refreshedAtMs: number;
  #heardAtMs: number;
  #isSilent = true;
  #silentProbeAtMs: number;

  constructor(ledger: Ledger, nowMs: number) {
    this.#ledger = ledger;
    this.#calls = new TokenBucket({ burst: CALLS_BURST, perSecond: CALLS_PER_SECOND_MAX, nowMs });
    this.#refreshedAtMs = nowMs;
    this.#heardAtMs = nowMs;
    this.#silentProbeAtMs = nowMs;
  }

  next(nowMs: number): Step {
    if (this.#isSilent) return this.#probeSilent(nowMs);
    if (!this.#calls.take(nowMs)) return { type: "wait", forMs: 10 };
    const ticket = this.#ledger.take(1)[0] ?? this.#refresh(nowMs);
    if (ticket) return { type: "call", call: callOf(ticket), ticket };
    const probeInMs = this.#heardAtMs + PROBE_PERIOD_MS - nowMs;
    if (probeInMs <= 0) return { type: "call", call: PROBE, ticket: undefined };
    const refreshInMs = this.#ledger.decided === 0 ? probeInMs : this.#refreshDueMs() - nowMs;
    return { type: "wait", forMs: Math.max(1, Math.min(probeInMs, refreshInMs)) };
  }

  /** Takes the outcome of the last step; the first answer after silence casts doubt on everything. */
  settle(step: Step & { type: "call" }, outcome: V1Outcome["state"], nowMs: number): void {
    if (step.ticket) this.#ledger.settle(step.ticket, outcome === "error" ? "kernel-failure" : outcome);
    if (outcome === "unknown") {
      this.#isSilent = true;
      return;
    }
    this.#heardAtMs = nowMs;
    if (!this.#isSilent) return;
    this.#isSilent = false;
    this.#ledger.doubt();
  }

  #probeSilent(nowMs: number): Step {
    if (nowMs < this.#silentProbeAtMs) return { type: "wait", forMs: this.#silentProbeAtMs - nowMs };
    this.#silentProbeAtMs = nowMs + SILENT_PROBE_PERIOD_MS;
    return { type: "call", call: PROBE, ticket: undefined };
  }

  #refresh(nowMs: number): Ticket | undefined {
    const dueMs = this.#refreshDueMs();
    if (nowMs < dueMs) return undefined;
    // Timers fire late; a pace that is kept on average makes up for it, but never by more than a tenth of a second.
    this.#refreshedAtMs = Math.max(dueMs, nowMs - 100);
    return this.#ledger.takeNext();
  }

  /** From the table as it is now: the pace of a table of one sender is no pace for the next twenty. */
  #refreshDueMs(): number {
    const periodMs = REFRESH_ROUND_MS / Math.max(1, this.#ledger.decided);
    return this.#refreshedAtMs + Math.max(1000 / REFRESHES_PER_SECOND_MAX, periodMs);
  }
}

function callOf({ sender }: Ticket): V1Call {
  const { source, group, maxTtl } = sender;
  // What is not IPv4 is never decided for an mrouter that speaks v1.
  return { command: maxTtl === 0 ? COMMAND.remove : COMMAND.add, source: Number(source), group: Number(group), maxTtl };
}
