// SPDX-License-Identifier: MIT
import { validateRequest, COMMAND } from "@mauth/protocol/v1";
import type { Request } from "@mauth/protocol/v1";
import { formatIpv4 } from "@mauth/protocol/ipv4";
import type { Clock } from "./clock.ts";
import { desiredSenders } from "./grants.ts";
import type { GrantRow, Sender } from "./grants.ts";
import type { Log } from "./log.ts";
import type { Fleet } from "./mrouters/fleet.ts";
import type { Settlement } from "./mrouters/ledger.ts";
import { formatSenderKey, parseSenderKey } from "./sender-key.ts";
import { Serial } from "./serial.ts";
import type { Fence, Op, Row, Store } from "./store/store.ts";

/** Grants in all. */
export const GRANTS_MAX = 1_000_000;
/** Removals of senders that no grant knows, waiting for mrouters that do not answer. */
const STRAY_REMOVALS_MAX = 10_000;
/** How long a caller waits for the mrouters; longer than a v1 client retries (6.2 s), so that it has given up by then. */
const SETTLE_WAIT_MS = 10_000;

/** How a decision ended: in force everywhere, refused and undone, or stored and not yet acknowledged everywhere. */
export type Outcome = "ack" | "error" | "unknown";

export interface AuthorityOptions {
  readonly store: Store;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly log: Log;
  readonly fence: Fence;
}

/** Makes and ends grants: durable first, then in force, then acknowledged. */
export class Authority {
  readonly #options: AuthorityOptions;
  readonly #serial = new Serial();
  readonly #grants = new Map<string, { readonly row: GrantRow; readonly rev: number }>();
  /** Revisions of the removals that mrouters still owe, by "MROUTER|SOURCE>GROUP". */
  readonly #removals = new Map<string, number>();

  constructor(options: AuthorityOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#grants.size;
  }

  /** Takes over what the store holds; to be called once, before the fleet starts. */
  restore(rows: readonly Row[]): void {
    const { fleet } = this.#options;
    for (const { kind, key, rev, body } of rows) {
      if (kind === "grant") this.#grants.set(key, { row: body as unknown as GrantRow, rev });
      if (kind === "removal") this.#removals.set(key, rev);
    }
    const grants = Array.from(this.#grants.values(), ({ row }) => row);
    for (const [mrouter, senders] of desiredSenders(grants, fleet.territories))
      for (const sender of senders.values()) fleet.wish([mrouter], sender);
    for (const id of this.#removals.keys()) {
      const [mrouter = "", key = ""] = id.split("|");
      const pair = parseSenderKey(key);
      if (pair) fleet.wish([mrouter], { key, ...pair, maxTtl: 0 });
    }
  }

  /** Carries out a v1 request of a console. */
  async decide(request: Request): Promise<Outcome> {
    if (validateRequest(request) !== undefined) return "error";
    const { source, group, command } = request;
    const maxTtl = command === COMMAND.add ? request.maxTtl : 0;
    const sender: Sender = { key: formatSenderKey(source, group), source, group, maxTtl };
    try {
      return maxTtl > 0 ? await this.#permit(sender, "console") : await this.#revoke(sender, "console");
    } catch (error) {
      this.#options.log.error({ err: error, sender: sender.key }, "a decision could not be stored");
      return "error";
    }
  }

  async #permit(sender: Sender, actor: string): Promise<Outcome> {
    const names = this.#options.fleet.concernedBy(sender);
    if (names.length === 0) return "error";
    const decision = await this.#serial.run(async () => {
      const before = this.#grants.get(sender.key);
      if (before === undefined && this.#grants.size >= GRANTS_MAX) return undefined;
      await this.#write(grantOf(sender, before?.row.permittedAt ?? this.#options.clock.wallMs()), names, actor);
      return { before, rev: this.#grants.get(sender.key)?.rev, settled: this.#options.fleet.want(names, sender) };
    });
    if (decision === undefined) return "error";
    const outcome = await outcomeOf(decision.settled);
    if (outcome === "error") await this.#undo(sender, decision.rev, decision.before?.row);
    return outcome;
  }

  async #revoke(sender: Sender, actor: string): Promise<Outcome> {
    const { fleet } = this.#options;
    const names = fleet.concernedBy(sender);
    const settled = await this.#serial.run(async () => {
      const isGranted = this.#grants.has(sender.key);
      if (!isGranted && (names.length === 0 || this.#strays() > STRAY_REMOVALS_MAX)) return undefined;
      if (isGranted) await this.#erase(sender.key, names, actor);
      return { settled: fleet.want(names, sender) };
    });
    return settled ? outcomeOf(settled.settled) : "error";
  }

  /** An mrouter refused: what the console was told is an ERROR must not come into force later. */
  async #undo(sender: Sender, rev: number | undefined, before: GrantRow | undefined): Promise<void> {
    await this.#serial.run(async () => {
      if (this.#grants.get(sender.key)?.rev !== rev) return;
      const { fleet } = this.#options;
      const names = fleet.concernedBy(sender);
      if (before) await this.#write(before, names, "mauthserver");
      else await this.#erase(sender.key, names, "mauthserver");
      fleet.wish(names, { ...sender, maxTtl: before?.maxTtl ?? 0 });
    });
  }

  async #write(row: GrantRow, names: readonly string[], actor: string): Promise<void> {
    const removals = removalIds(names, row.id).filter((id) => this.#removals.has(id));
    const ops: Op[] = removals.map((key) => ({ op: "delete", kind: "removal", key }));
    const rev = await this.#commit([...ops, { op: "put", kind: "grant", key: row.id, body: { ...row } }], actor);
    for (const id of removals) this.#removals.delete(id);
    this.#grants.set(row.id, { row, rev });
  }

  async #erase(key: string, names: readonly string[], actor: string): Promise<void> {
    const removals = removalIds(names, key);
    const ops: Op[] = removals.map((id) => ({ op: "put", kind: "removal", key: id, body: {} }));
    const rev = await this.#commit([{ op: "delete", kind: "grant", key }, ...ops], actor);
    for (const [index, id] of removals.entries()) this.#removals.set(id, rev - removals.length + 1 + index);
    this.#grants.delete(key);
  }

  /** Forgets a removal that an mrouter acknowledged, unless there is a newer one for the same sender. */
  async removed(mrouter: string, key: string): Promise<void> {
    const id = `${mrouter}|${key}`;
    const rev = this.#removals.get(id);
    if (rev === undefined) return;
    await this.#serial.run(async () => {
      if (this.#removals.get(id) !== rev) return;
      await this.#commit([{ op: "delete", kind: "removal", key: id }], "mauthserver");
      this.#removals.delete(id);
    });
  }

  async #commit(ops: readonly Op[], actor: string): Promise<number> {
    const { store, clock, fence } = this.#options;
    return store.commit(ops, { actor, at: clock.wallMs(), fence });
  }

  #strays(): number {
    let pending = 0;
    for (const mrouter of this.#options.fleet.mrouters) pending = Math.max(pending, mrouter.pending);
    return pending;
  }
}

function grantOf({ key, source, group, maxTtl }: Sender, permittedAt: number): GrantRow {
  return { id: key, source: formatIpv4(source), group: formatIpv4(group), maxTtl, permittedAt };
}

function removalIds(names: readonly string[], key: string): string[] {
  return names.map((name) => `${name}|${key}`);
}

/** One refusal decides; otherwise all have to agree. */
async function outcomeOf(settlements: readonly Promise<Settlement>[]): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => (timer = setTimeout(resolve, SETTLE_WAIT_MS, "unknown")));
  const refused = settlements.map(async (settlement) => {
    const { state } = await settlement;
    return state === "error" ? state : new Promise<never>(() => {});
  });
  const agreed = Promise.all(settlements).then((all) =>
    all.every(({ state }) => state === "ack") ? "ack" : "unknown",
  );
  const outcome = await Promise.race([late, ...refused, agreed]);
  clearTimeout(timer);
  return outcome;
}
