// SPDX-License-Identifier: MIT
import type { Session } from "@mauth/protocol/api";
import { BY_ITSELF } from "../by.ts";
import { Deadlines } from "../deadlines.ts";
import type { Log } from "../log.ts";
import type { NamedSerial } from "../serial.ts";
import type { SteadyClock } from "../steady-clock.ts";
import type { DeletionPolicy } from "./follow.ts";
import { follow, graceEndOf } from "./follow.ts";
import { endOf } from "./grant.ts";
import type { GrantRow } from "./grant.ts";
import type { GrantKeeper } from "./keeper.ts";

/** Timers are looked at least so often, because a suspended machine stops them. */
const WAIT_MS_MAX = 1000;

export interface LifetimesOptions {
  readonly keeper: GrantKeeper;
  readonly serial: NamedSerial;
  readonly steady: SteadyClock;
  readonly log: Log;
  /** The session as it is announced now. */
  readonly sessionOf: (id: string) => Session | undefined;
  readonly policy: () => DeletionPolicy;
}

/** Ends grants at their time, and has those of a session follow it. */
export class Lifetimes {
  readonly #options: LifetimesOptions;
  readonly #deadlines = new Deadlines();
  #timer: NodeJS.Timeout | undefined;
  #isJumpTold = false;

  constructor(options: LifetimesOptions) {
    this.#options = options;
  }

  /** Begins with every grant as it is. */
  start(): void {
    const { keeper } = this.#options;
    for (const { row } of keeper.table.limited()) {
      this.watch(row);
      if (row.session !== undefined) this.#followOne(row.id);
    }
    this.#timer = setInterval(() => this.tick(), WAIT_MS_MAX);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Takes the times at which something becomes of a grant. */
  watch(row: GrantRow): void {
    const at = [endOf(row), graceEndOf(row, this.#options.policy())].filter((time) => typeof time === "number");
    this.#deadlines.set(row.id, at.length === 0 ? undefined : Math.min(...at));
  }

  forget(id: string): void {
    this.#deadlines.set(id, undefined);
  }

  /** The session was announced anew, has changed, or is gone. */
  sessionChanged(id: string): void {
    for (const { row } of this.#options.keeper.table.ofSession(id)) this.#followOne(row.id);
  }

  /** The policy has changed. */
  policyChanged(): void {
    for (const { row } of this.#options.keeper.table.limited()) if (row.goneAt !== undefined) this.#followOne(row.id);
  }

  /** Looks for what is due. */
  tick(): void {
    const { steady, log } = this.#options;
    const nowMs = steady.nowMs();
    const isJumped = steady.jumpMs !== 0;
    if (isJumped && !this.#isJumpTold)
      log.warn(
        { byMs: steady.jumpMs },
        "the clock of this machine was set: grants end as if it had not been, until a restart",
      );
    this.#isJumpTold = isJumped;
    for (const id of this.#deadlines.take(nowMs)) this.#followOne(id);
  }

  #followOne(id: string): void {
    const { serial, log } = this.#options;
    serial
      .run(id, () => this.#follow(id))
      .catch((error: unknown) => {
        log.error({ err: error, grant: id }, "a grant could not be brought up to its session or ended");
        this.#deadlines.set(id, this.#options.steady.nowMs() + WAIT_MS_MAX);
      });
  }

  async #follow(id: string): Promise<void> {
    const { keeper, steady, policy, sessionOf } = this.#options;
    const grant = keeper.table.get(id)?.row;
    if (grant === undefined) return;
    const wallMs = steady.nowMs();
    const end = endOf(grant);
    const next =
      end !== undefined && end <= wallMs && !isProlonged(grant, sessionOf, wallMs)
        ? "ended"
        : grant.session === undefined
          ? grant
          : follow(grant, sessionOf(grant.session), { wallMs }, policy());
    if (next === "ended") {
      const reason = end !== undefined && end <= wallMs ? "its time is over" : "its session is no longer announced";
      await keeper.erase(id, { ...BY_ITSELF, reason });
      this.forget(id);
    } else {
      if (next !== grant) await keeper.put(next, { ...BY_ITSELF, reason: "its session has changed" });
      this.watch(next);
    }
  }
}

/** Tells whether only the announced end has passed, and the session has meanwhile put it off. */
function isProlonged(
  { session, expiresAt }: GrantRow,
  sessionOf: LifetimesOptions["sessionOf"],
  wallMs: number,
): boolean {
  if (session === undefined || (expiresAt !== undefined && expiresAt <= wallMs)) return false;
  const announced = sessionOf(session);
  return announced !== undefined && (announced.endsAt ?? Infinity) > wallMs;
}
