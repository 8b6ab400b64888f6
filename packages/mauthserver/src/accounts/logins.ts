// SPDX-License-Identifier: MIT
import type { Row } from "../store/store.ts";
import type { By } from "../by.ts";
import type { Keeping } from "./keeping.ts";
import { JUMP_MS } from "../steady-clock.ts";
import { hashSecret, SECRET_BYTES } from "./secret.ts";

/** A login ends when nothing was done for so long, and in any case after the lifetime. */
export const IDLE_MS = 1_800_000;
export const LIFETIME_MS = 8 * 3_600_000;
/** How long a password counts as given lately. */
export const CONFIRMED_MS = 900_000;
/** Logins of one account at a time; a further one ends the oldest. */
export const LOGINS_PER_ACCOUNT_MAX = 32;
/** How exactly the store knows when a login was last used. */
const SEEN_STORED_EVERY_MS = 60_000;
/** How often ended logins are looked for. */
const SWEEP_PERIOD_MS = 30_000;

/** A login as the store keeps it, under the hash of its secret. */
export interface LoginRow {
  readonly account: string;
  readonly from: string | null;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  /** When the password was last given again; absent: at the login. */
  readonly confirmedAt?: number;
}

/** A login as it is at the moment. */
export interface UsedLogin {
  readonly account: string;
  readonly expiresAt: number;
  /** Whether the password was given lately. */
  readonly isConfirmed: boolean;
  readonly ended: AbortSignal;
}

interface Login {
  row: LoginRow;
  storedSeenAt: number;
  readonly end: AbortController;
}

/** Who is logged in. Only hashes of the secrets are kept. */
export class Logins {
  readonly #options: Keeping;
  readonly #logins = new Map<string, Login>();
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: Keeping) {
    this.#options = options;
  }

  get size(): number {
    return this.#logins.size;
  }

  restore(rows: readonly Row[]): void {
    for (const { kind, key, body } of rows)
      if (kind === "login" && "createdAt" in body) this.#keep(key, body as unknown as LoginRow);
  }

  start(onFailed: (error: unknown) => void): void {
    this.#sweeper = setInterval(() => void this.sweep().catch(onFailed), SWEEP_PERIOD_MS);
  }

  stop(): void {
    clearInterval(this.#sweeper);
  }

  /** Begins a login and returns its secret. */
  async begin(account: string, by: By): Promise<string> {
    const secret = Buffer.from(this.#options.random(SECRET_BYTES)).toString("base64url");
    const key = hashSecret(secret);
    const nowMs = this.#options.clock.wallMs();
    const row: LoginRow = { account, from: by.from, createdAt: nowMs, lastSeenAt: nowMs };
    const others = this.#of(account);
    const oldest = others.length >= LOGINS_PER_ACCOUNT_MAX ? others.slice(0, 1) : [];
    await this.#options.commit(
      [
        ...oldest.map((old) => ({ op: "delete", kind: "login", key: old }) as const),
        { op: "put", kind: "login", key, body: { ...row } },
      ],
      by,
    );
    for (const old of oldest) this.#forget(old);
    this.#keep(key, row);
    return secret;
  }

  /** The login of a secret, which counts as used now. */
  use(secret: string): UsedLogin | undefined {
    const key = hashSecret(secret);
    const login = this.#logins.get(key);
    const nowMs = this.#options.clock.wallMs();
    if (login === undefined || isOver(login.row, nowMs)) return undefined;
    login.row = { ...login.row, lastSeenAt: nowMs };
    const { account } = login.row;
    const isConfirmed = isConfirmedAt(login.row, nowMs);
    return { account, expiresAt: endOf(login.row), isConfirmed, ended: login.end.signal };
  }

  /** Notes that the password of a login was given again. */
  async confirm(secret: string): Promise<void> {
    const key = hashSecret(secret);
    const login = this.#logins.get(key);
    if (login === undefined) return;
    login.row = { ...login.row, confirmedAt: this.#options.clock.wallMs() };
    await this.#options.store.refresh([{ kind: "login", key, body: { ...login.row } }]);
  }

  /** Logs out. */
  async end(secret: string, by: By): Promise<void> {
    const key = hashSecret(secret);
    if (this.#logins.has(key)) await this.#end([key], by);
  }

  /** Ends every login of an account but the one of the secret that is kept. */
  async endAllOf(account: string, by: By, kept?: string): Promise<void> {
    const keptKey = kept === undefined ? undefined : hashSecret(kept);
    await this.#end(
      this.#of(account).filter((key) => key !== keptKey),
      by,
    );
  }

  /** Ends what has expired, and lets the store know when the others were last used. */
  async sweep(): Promise<void> {
    const nowMs = this.#options.clock.wallMs();
    const expired = [...this.#logins].filter(([, { row }]) => isOver(row, nowMs)).map(([key]) => key);
    await this.#end(expired, { name: "mauthserver", from: null, reason: "expired" });
    const used = [...this.#logins].filter(
      ([, { row, storedSeenAt }]) => Math.abs(row.lastSeenAt - storedSeenAt) >= SEEN_STORED_EVERY_MS,
    );
    if (used.length === 0) return;
    await this.#options.store.refresh(used.map(([key, { row }]) => ({ kind: "login", key, body: { ...row } })));
    for (const [, login] of used) login.storedSeenAt = login.row.lastSeenAt;
  }

  async #end(keys: readonly string[], by: By): Promise<void> {
    if (keys.length === 0) return;
    // The login is of no use from now on, whether or not the store can be written.
    for (const key of keys) this.#forget(key);
    await this.#options.commit(
      keys.map((key) => ({ op: "delete", kind: "login", key })),
      by,
      { isEssential: true },
    );
  }

  #of(account: string): string[] {
    return [...this.#logins].filter(([, { row }]) => row.account === account).map(([key]) => key);
  }

  #keep(key: string, row: LoginRow): void {
    this.#logins.set(key, { row, storedSeenAt: row.lastSeenAt, end: new AbortController() });
  }

  #forget(key: string): void {
    this.#logins.get(key)?.end.abort();
    this.#logins.delete(key);
  }
}

/** A clock that was set back does not make a password count for longer. */
function isConfirmedAt({ createdAt, confirmedAt = createdAt }: LoginRow, nowMs: number): boolean {
  return nowMs >= confirmedAt && nowMs - confirmedAt < CONFIRMED_MS;
}

/** A login of the future was begun before the clock was set back: nobody knows how long ago. */
function isOver(row: LoginRow, nowMs: number): boolean {
  return endOf(row) <= nowMs || row.createdAt - nowMs >= JUMP_MS;
}

function endOf({ createdAt, lastSeenAt }: LoginRow): number {
  return Math.min(createdAt + LIFETIME_MS, lastSeenAt + IDLE_MS);
}
