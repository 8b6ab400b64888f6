// SPDX-License-Identifier: MIT
import { createHash, randomBytes } from "node:crypto";
import type { Account, AuditEntry, Token } from "@mauth/protocol/api";

type Body = Record<string, unknown> | null;

interface Line {
  readonly action: AuditEntry["action"];
  readonly entity: string;
  readonly key: string;
  readonly before: Body;
  readonly after: Body;
  readonly reason?: string | undefined;
  readonly undoes?: number;
}

/** Accounts, tokens, settings and the log of the fake server. */
export class Office {
  readonly accounts = new Map<string, Account>();
  readonly tokens = new Map<string, Token>();
  readonly log: AuditEntry[] = [];
  settings = { id: "settings", deletionPolicy: "grace" };
  readonly #onLogged: (entry: AuditEntry) => void;

  constructor(onLogged: (entry: AuditEntry) => void) {
    this.#onLogged = onLogged;
  }

  /** Writes a line; each is chained to the one before. */
  write(line: Line, atMs = Date.now()): AuditEntry {
    const rev = this.log.length + 1;
    const { reason, undoes, ...rest } = line;
    const hash = createHash("sha256")
      .update(`${this.log.at(-1)?.hash ?? ""}${JSON.stringify(line)}`)
      .digest("hex");
    const entry = {
      id: String(rev),
      rev,
      at: atMs,
      actor: "console",
      from: "127.0.0.1",
      hash,
      ...rest,
      ...(reason === undefined ? {} : { reason }),
      ...(undoes === undefined ? {} : { undoes }),
    };
    this.log.push(entry);
    this.#onLogged(entry);
    return entry;
  }

  /** Lines that match, newest first. */
  read(query: URLSearchParams): { items: AuditEntry[]; next: number | null } {
    const limit = Number(query.get("limit") ?? 100);
    const before = Number(query.get("before") ?? Number.MAX_SAFE_INTEGER);
    const fits = (entry: AuditEntry): boolean =>
      entry.rev < before &&
      entry.at >= Number(query.get("since") ?? 0) &&
      (["actor", "entity", "key"] as const).every((name) => (query.get(name) ?? entry[name]) === entry[name]);
    const found = this.log.filter(fits).reverse();
    return { items: found.slice(0, limit), next: found.length > limit ? (found[limit - 1]?.rev ?? null) : null };
  }

  addAccount(body: Record<string, unknown>): Account {
    const account = {
      id: String(body["name"]),
      role: body["role"],
      createdAt: Date.now(),
      lastLoginAt: null,
      lockedUntil: null,
    } as Account;
    this.accounts.set(account.id, account);
    this.write({ action: "add", entity: "account", key: account.id, before: null, after: account });
    return account;
  }

  addToken(body: Record<string, unknown>): Token & { secret: string } {
    const id = randomBytes(8).toString("hex");
    const times = { createdAt: Date.now(), createdBy: "console", lastUsedAt: null };
    const token = {
      id,
      name: body["name"],
      role: body["role"],
      expiresAt: body["expiresAt"] ?? null,
      ...times,
    } as Token;
    this.tokens.set(id, token);
    this.write({ action: "add", entity: "token", key: id, before: null, after: token });
    return { ...token, secret: `mauth_${randomBytes(24).toString("base64url")}` };
  }
}
