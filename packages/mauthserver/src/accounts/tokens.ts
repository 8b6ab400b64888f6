// SPDX-License-Identifier: MIT
import type { Token, TokenInput } from "@mauth/protocol/api";
import { refused } from "../http/problem.ts";
import type { Result } from "../http/problem.ts";
import { Serial } from "../serial.ts";
import type { Row } from "../store/store.ts";
import type { By } from "../by.ts";
import type { Keeping } from "./keeping.ts";
import { hashSecret, SECRET_BYTES, TOKEN_PREFIX } from "./secret.ts";

/** Tokens in all. */
export const TOKENS_MAX = 1000;
const ID_BYTES = 8;
/** How exactly it is known when a token was last used. */
const USED_STORED_EVERY_MS = 60_000;

/** A token as the store keeps it. */
export interface TokenRow extends Token {
  readonly secretHash: string;
}

interface Kept {
  row: TokenRow;
  readonly end: AbortController;
}

/** Keys for programs. Only hashes of the secrets are kept. */
export class Tokens {
  readonly #options: Keeping;
  readonly #serial = new Serial();
  readonly #kept = new Map<string, Kept>();
  readonly #bySecretHash = new Map<string, Kept>();

  constructor(options: Keeping) {
    this.#options = options;
  }

  restore(rows: readonly Row[]): void {
    for (const { kind, body } of rows) if (kind === "token") this.#keep(body as unknown as TokenRow);
  }

  list(): Token[] {
    return Array.from(this.#kept.values(), ({ row }) => shownToken(row));
  }

  find(id: string): Token | undefined {
    const kept = this.#kept.get(id);
    return kept && shownToken(kept.row);
  }

  /** Makes a token; the secret is shown this once. */
  async add(
    { reason, expiresAt, name, ...rights }: TokenInput,
    by: By,
  ): Promise<Result<{ token: Token; secret: string }>> {
    const { clock, random, commit } = this.#options;
    if (typeof expiresAt === "number" && expiresAt <= clock.wallMs()) return refused(422, "expiresAt is in the past");
    return this.#serial.run(async () => {
      if (this.#kept.size >= TOKENS_MAX) return refused(409, `there are ${TOKENS_MAX} tokens already`);
      if (this.#isNamed(name)) return refused(409, `there is a token named ${name} already`);
      const secret = TOKEN_PREFIX + Buffer.from(random(SECRET_BYTES)).toString("base64url");
      const row: TokenRow = {
        id: Buffer.from(random(ID_BYTES)).toString("hex"),
        name,
        ...rights,
        createdAt: clock.wallMs(),
        createdBy: by.name,
        expiresAt: expiresAt ?? null,
        lastUsedAt: null,
        secretHash: hashSecret(secret),
      };
      const op = { op: "put", kind: "token", key: row.id, body: { ...row } } as const;
      await commit([op], reason === undefined ? by : { ...by, reason });
      this.#keep(row);
      return { ok: true, value: { token: shownToken(row), secret } };
    });
  }

  async remove(id: string, by: By): Promise<Result<undefined>> {
    return this.#serial.run(async () => {
      const kept = this.#kept.get(id);
      if (kept === undefined) return refused(404, "there is no such token");
      this.#kept.delete(id);
      this.#bySecretHash.delete(kept.row.secretHash);
      kept.end.abort();
      await this.#options.commit([{ op: "delete", kind: "token", key: id }], by, { isEssential: true });
      return { ok: true, value: undefined };
    });
  }

  /** The token of a secret, which counts as used now. */
  use(secret: string): { token: Token; ended: AbortSignal } | undefined {
    const kept = this.#bySecretHash.get(hashSecret(secret));
    const nowMs = this.#options.clock.wallMs();
    if (kept === undefined || (kept.row.expiresAt ?? Infinity) <= nowMs) return undefined;
    if (Math.abs(nowMs - (kept.row.lastUsedAt ?? 0)) >= USED_STORED_EVERY_MS) this.#noteUse(kept, nowMs);
    return { token: shownToken(kept.row), ended: kept.end.signal };
  }

  #noteUse(kept: Kept, nowMs: number): void {
    kept.row = { ...kept.row, lastUsedAt: nowMs };
    // When it was last used is not worth a failed request.
    void this.#options.store.refresh([{ kind: "token", key: kept.row.id, body: { ...kept.row } }]).catch(() => {});
  }

  #isNamed(name: string): boolean {
    return [...this.#kept.values()].some(({ row }) => row.name === name);
  }

  #keep(row: TokenRow): void {
    const kept = { row, end: new AbortController() };
    this.#kept.set(row.id, kept);
    this.#bySecretHash.set(row.secretHash, kept);
  }
}

/** A token without what nobody may see. */
export function shownToken(row: TokenRow): Token {
  const { id, name, role, scope, createdAt, createdBy, expiresAt, lastUsedAt } = row;
  return { id, name, role, ...(scope && { scope }), createdAt, createdBy, expiresAt, lastUsedAt };
}
