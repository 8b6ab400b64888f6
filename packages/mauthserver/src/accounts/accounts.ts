// SPDX-License-Identifier: MIT
import type { Account, AccountInput, AccountPatch, Credentials, FirstAccount } from "@mauth/protocol/api";
import { NOT_AS_SEEN, refused } from "../http/problem.ts";
import type { Result } from "../http/problem.ts";
import { Serial } from "../serial.ts";
import type { Row } from "../store/store.ts";
import { becauseOf } from "../by.ts";
import type { By } from "../by.ts";
import type { Keeping } from "./keeping.ts";
import { openDevice, sealDevice } from "./device.ts";
import type { Device } from "./device.ts";
import { Lockout } from "./lockout.ts";
import type { Place } from "./lockout.ts";
import { hashPassword, isPassword } from "./password.ts";

/** Accounts in all. */
export const ACCOUNTS_MAX = 1000;
/** Passwords of strangers, and as many of others, that may be waiting to be hashed; each takes about 40 ms and 19 MiB. */
const CHECKS_WAITING_MAX = 16;

/** Names that nobody has of which wrong passwords are counted. */
const NOBODIES_MAX = 10_000;

/** Whom the log names that is no account; who had such a name would act as the server does, or as everybody did before accounts. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(["mauthserver", "console", "sap", "configuration", "nobody"]);

/** Whether a client means the revision that is there; undefined where there is nothing. */
type IsWanted = (rev: number | undefined) => boolean;

/** An account as the store keeps it. */
export interface AccountRow extends Omit<Account, "lockedUntil"> {
  readonly passwordHash: string;
}

/** Who may log in. */
export class Accounts {
  readonly #options: Keeping;
  readonly #rows = new Map<string, AccountRow>();
  /** Revisions of the last changes, by name. */
  readonly #revs = new Map<string, number>();
  readonly #lockout = new Lockout(ACCOUNTS_MAX);
  /** The same for names that nobody has, so that a lock-out does not tell who has an account. */
  readonly #nobodysLockout = new Lockout(NOBODIES_MAX);
  readonly #serial = new Serial();
  readonly #checks = new Serial();
  readonly #listeners = new Set<(name: string) => void>();
  readonly #waiting = { strangers: 0, known: 0 };
  /** Compared with when there is no such account, so that both take the same time. */
  #nobodysHash: Promise<string> | undefined;

  constructor(options: Keeping) {
    this.#options = options;
  }

  get size(): number {
    return this.#rows.size;
  }

  restore(rows: readonly Row[]): void {
    for (const { kind, key, rev, body } of rows)
      if (kind === "account") this.#keep(key, body as unknown as AccountRow, rev);
  }

  /** Calls back with the name of every account that is new, has other rights or another password, or is gone. */
  onChanged(listener: (name: string) => void): void {
    this.#listeners.add(listener);
  }

  list(): Account[] {
    return Array.from(this.#rows.values(), (row) => this.#shown(row));
  }

  find(name: string): Account | undefined {
    const row = this.#rows.get(name.toLowerCase());
    return row && this.#shown(row);
  }

  /** Revision of the last change of an account's rights or password; undefined when there is none of that name. */
  revOf(name: string): number | undefined {
    return this.#revs.get(name.toLowerCase());
  }

  async add(input: AccountInput, by: By): Promise<Result<Account>> {
    return this.#add(input, by, () => undefined);
  }

  /** Makes the first account, an admin; refused as soon as there is any. */
  async addFirst({ name, password }: FirstAccount, by: By): Promise<Result<Account>> {
    const input = { name, password, role: "admin", reason: "first run" } as const;
    return this.#add(input, by, () => (this.size > 0 ? NOT_FIRST : undefined));
  }

  async #add(
    { password, reason, ...input }: AccountInput,
    by: By,
    objection: () => Result<never> | undefined,
  ): Promise<Result<Account>> {
    const id = input.name.toLowerCase();
    if (password.toLowerCase() === id) return PASSWORD_IS_NAME;
    if (RESERVED_NAMES.has(id))
      return refused(422, `the log calls the server or somebody unknown ${id}: take another name`);
    // Before the hash as well, which takes 40 ms and is for whoever asks.
    const early = objection();
    if (early) return early;
    const passwordHash = await hashPassword(password, this.#options.random);
    return this.#serial.run(async () => {
      const objected = objection();
      if (objected) return objected;
      if (this.#rows.has(id)) return refused(409, `there is an account ${id} already`);
      if (this.#rows.size >= ACCOUNTS_MAX) return refused(409, `there are ${ACCOUNTS_MAX} accounts already`);
      const createdAt = this.#options.clock.wallMs();
      const rights = { role: input.role, ...(input.scope && { scope: input.scope }) };
      await this.#put({ id, ...rights, createdAt, lastLoginAt: null, passwordHash }, becauseOf(by, reason));
      return this.#found(id);
    });
  }

  /** Changes an account; NOT_AS_SEEN when `isWanted` does not want the revision that is there. */
  async edit(
    name: string,
    { password, reason, scope, role, unlock }: AccountPatch,
    by: By,
    isWanted: IsWanted = () => true,
  ): Promise<Result<Account>> {
    const id = name.toLowerCase();
    if (password?.toLowerCase() === id) return PASSWORD_IS_NAME;
    const hash = password === undefined ? undefined : await hashPassword(password, this.#options.random);
    return this.#serial.run(async () => {
      if (!isWanted(this.#revs.get(id))) return NOT_AS_SEEN;
      const row = this.#rows.get(id);
      if (row === undefined) return NOT_FOUND;
      if (role !== undefined && role !== "admin" && this.#isLastAdmin(row)) return LAST_ADMIN;
      const { scope: scopeBefore, ...rest } = row;
      const scopeAfter = scope === undefined ? scopeBefore : scope;
      const after: AccountRow = {
        ...rest,
        ...(scopeAfter && { scope: scopeAfter }),
        ...(role !== undefined && { role }),
        ...(hash !== undefined && { passwordHash: hash }),
      };
      if (unlock === true || hash !== undefined) this.#lockout.forget(id);
      if (JSON.stringify(after) !== JSON.stringify(row)) await this.#put(after, becauseOf(by, reason));
      return this.#found(id);
    });
  }

  /** Gives back an account that was removed, with its rights and its password. */
  async giveBack(row: AccountRow, by: By): Promise<Result<Account>> {
    return this.#serial.run(async () => {
      if (this.#rows.has(row.id)) return refused(409, `there is an account ${row.id} already`);
      if (this.#rows.size >= ACCOUNTS_MAX) return refused(409, `there are ${ACCOUNTS_MAX} accounts already`);
      await this.#put(row, by);
      return this.#found(row.id);
    });
  }

  async remove(name: string, by: By, isWanted: IsWanted = () => true): Promise<Result<undefined>> {
    const id = name.toLowerCase();
    return this.#serial.run(async () => {
      if (!isWanted(this.#revs.get(id))) return NOT_AS_SEEN;
      const row = this.#rows.get(id);
      if (row === undefined) return NOT_FOUND;
      if (this.#isLastAdmin(row)) return LAST_ADMIN;
      // Without an account everything would be open again.
      if (this.size === 1) return refused(409, "this is the last account");
      await this.#options.commit([{ op: "delete", kind: "account", key: id }], by, { isEssential: true });
      this.#rows.delete(id);
      this.#revs.delete(id);
      this.#lockout.forget(id);
      this.#tell(id);
      return { ok: true, value: undefined };
    });
  }

  /** The account when the password is right and the place is not locked out of it; else 401 or 429. */
  async check({ name, password }: Credentials, place: Place): Promise<Result<AccountRow>> {
    const who = place.known === undefined ? "strangers" : "known";
    if (this.#waiting[who] >= CHECKS_WAITING_MAX) return refused(503, "too many logins at a time");
    this.#waiting[who]++;
    try {
      return await this.#checks.run(async () => this.#check(name.toLowerCase(), password, place));
    } finally {
      this.#waiting[who]--;
    }
  }

  async #check(id: string, password: string, place: Place): Promise<Result<AccountRow>> {
    const nowMs = this.#options.clock.monotonicMs();
    const row = this.#rows.get(id);
    const lockout = row === undefined ? this.#nobodysLockout : this.#lockout;
    if (lockout.waitMs(id, place, nowMs) > 0) return LOCKED;
    this.#nobodysHash ??= hashPassword("nobody's password", this.#options.random);
    const isRight = await isPassword(password, row?.passwordHash ?? (await this.#nobodysHash));
    if (row !== undefined && isRight) {
      this.#lockout.succeed(id, place);
      return { ok: true, value: row };
    }
    if (lockout.fail(id, place, nowMs) && row !== undefined) this.#tell(id);
    return WRONG;
  }

  /** The device that a browser is, by what it was given at a login before. */
  deviceOf(text: string | undefined): Device | undefined {
    return text === undefined ? undefined : openDevice(text, (account) => this.#rows.get(account)?.passwordHash);
  }

  /** What makes a browser known at its next login to this account. */
  sealDevice(name: string): string | undefined {
    const row = this.#rows.get(name);
    return row && sealDevice(row.id, row.passwordHash, this.#options.random);
  }

  /** Whether this is still the account whose password was right. */
  isCurrent({ id, passwordHash }: AccountRow): boolean {
    return this.#rows.get(id)?.passwordHash === passwordHash;
  }

  /** Notes a login. */
  async noteLogin(id: string): Promise<void> {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    const after = { ...row, lastLoginAt: this.#options.clock.wallMs() };
    this.#rows.set(id, after);
    await this.#options.store.refresh([{ kind: "account", key: id, body: { ...after } }]);
  }

  async #put(row: AccountRow, by: By): Promise<void> {
    const rev = await this.#options.commit([{ op: "put", kind: "account", key: row.id, body: { ...row } }], by);
    this.#keep(row.id, row, rev);
    this.#tell(row.id);
  }

  #keep(id: string, row: AccountRow, rev: number): void {
    this.#rows.set(id, row);
    this.#revs.set(id, rev);
  }

  #isLastAdmin(row: AccountRow): boolean {
    return row.role === "admin" && [...this.#rows.values()].filter(({ role }) => role === "admin").length === 1;
  }

  #found(id: string): Result<Account> {
    const account = this.find(id);
    return account ? { ok: true, value: account } : NOT_FOUND;
  }

  #shown(row: AccountRow): Account {
    const { clock } = this.#options;
    const waitMs = this.#lockout.longestWaitMs(row.id, clock.monotonicMs());
    return { ...shownAccount(row), lockedUntil: waitMs > 0 ? clock.wallMs() + waitMs : null };
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id);
  }
}

/** An account without what nobody may see. */
export function shownAccount({ id, role, scope, createdAt, lastLoginAt }: AccountRow): Account {
  return { id, role, ...(scope && { scope }), createdAt, lastLoginAt, lockedUntil: null };
}

const NOT_FIRST = refused(409, "there is an account already: log in");
const NOT_FOUND = refused(404, "there is no such account");
const LAST_ADMIN = refused(409, "this is the last admin: make another one first");
const WRONG = refused(401, "the name or the password is wrong");
const LOCKED = refused(429, "the account is locked for a few minutes after wrong passwords");
const PASSWORD_IS_NAME = refused(422, "the password must not be the name");
