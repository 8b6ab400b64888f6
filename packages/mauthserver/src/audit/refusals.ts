// SPDX-License-Identifier: MIT
import type { Commit } from "../accounts/keeping.ts";
import type { By } from "../by.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { TokenBucket } from "../token-bucket.ts";
import { REFUSED_KEY } from "./entry.ts";

/** Refusals that are written into the audit log: so many at once, so many a second. All are counted. */
const REFUSALS_BURST = 60;
const REFUSALS_PER_SECOND = 0.1;
/** Characters of a name that somebody claims to have. */
const NAME_LENGTH_MAX = 64;

/** What a name that anybody may claim could deceive a reader or a terminal with: control and format characters, line ends. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Something that was refused: a login, or a request that somebody may not make. */
export interface Refusal {
  readonly by: By;
  /** "login", or method and path. */
  readonly entity: string;
  readonly sentence: string;
}

/** Notes refused logins and requests, so many that nobody can fill the disk with them. */
export class Refusals {
  readonly #options: { readonly commit: Commit; readonly clock: Clock; readonly log: Log };
  readonly #bucket: TokenBucket;
  readonly counters = { login: 0, request: 0, unwritten: 0 };

  constructor(options: { readonly commit: Commit; readonly clock: Clock; readonly log: Log }) {
    this.#options = options;
    const nowMs = options.clock.monotonicMs();
    this.#bucket = new TokenBucket({ burst: REFUSALS_BURST, perSecond: REFUSALS_PER_SECOND, nowMs });
  }

  /** A request that somebody may not make. */
  readonly onRefused = ({ by, what, problem }: { by: By; what: string; problem: { title: string } }): void =>
    this.note({ by, entity: what, sentence: problem.title });

  /** A login that failed. */
  readonly onWrong = (by: By, sentence: string): void => this.note({ by, entity: "login", sentence });

  note({ by, entity, sentence }: Refusal): void {
    const { commit, clock, log } = this.#options;
    this.counters[entity === "login" ? "login" : "request"]++;
    if (!this.#bucket.take(clock.monotonicMs())) return void this.counters.unwritten++;
    const account = by.name.slice(0, NAME_LENGTH_MAX).replaceAll(INVISIBLE, "\ufffd");
    log.warn({ account, from: by.from, what: entity, why: sentence }, "refused");
    const body = { account, entity };
    const noted = commit([{ op: "put", kind: "login", key: REFUSED_KEY, body }], {
      name: account,
      from: by.from,
      reason: sentence,
    });
    noted.catch((error: unknown) => log.warn({ err: error }, "a refusal could not be noted"));
  }
}
