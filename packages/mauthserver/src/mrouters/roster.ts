// SPDX-License-Identifier: MIT
import { MrouterInput } from "@mauth/protocol/api";
import { authorshipOf } from "../by.ts";
import type { By } from "../by.ts";
import type { Clock } from "../clock.ts";
import { isStoreError, StartError } from "../errors.ts";
import { parseEndpoint } from "../listen-address.ts";
import { NamedSerial, Serial } from "../serial.ts";
import type { Expectation, Fence, Op, Row, Store } from "../store/store.ts";
import type { MrouterRow } from "./driver.ts";
import type { Fleet } from "./fleet.ts";
import { keyOfRow } from "./mrouter.ts";

/** Mrouters that one server controls. */
export const MROUTERS_MAX = 500;

export interface RosterOptions {
  readonly store: Store;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly fence: Fence;
  readonly grants: Decided;
}

/** What is decided, as far as a change of the roster concerns it. */
export interface Decided {
  /** Keys of the senders that an mrouter shall hold and that do not belong to these networks. */
  outside(name: string, networks: readonly string[]): string[];
  /** Takes over that an mrouter has to forget some senders, which is stored; `rev` is that of the first. */
  owe(name: string, keys: readonly string[], rev: number): void;
  /** An mrouter has to hear everything that is decided for it. */
  fill(name: string): void;
}

/** How a change of the roster ended: with its revision, or with a sentence why there is none. */
export type RosterResult = { readonly rev: number } | { readonly error: string; readonly isConflict?: boolean };

/** The mode that an internal interface of an mrouter shall have: drop, or only count what would be dropped. */
export interface ModeWish {
  readonly mrouter: string;
  readonly interface: string;
  readonly mode: "enforce" | "monitor";
}

/** The key of the setting that notes who chose the mode of an interface. */
export function modeKey({ mrouter, interface: name }: Omit<ModeWish, "mode">): string {
  return `mode ${mrouter} ${name}`;
}

/** The mrouters under control, as admins change them while the server runs. */
export class Roster {
  readonly #options: RosterOptions;
  readonly #serial = new Serial();
  readonly #rows = new Map<string, { readonly row: MrouterRow; readonly rev: number }>();
  /** An mrouter that does not answer keeps nobody waiting for another one. */
  readonly #modeSerial = new NamedSerial();
  /** Revisions of the last changes of modes, by the key of their setting. */
  readonly #modeRevs = new Map<string, number>();

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** Takes over what the store holds. */
  restore(rows: readonly Row[]): void {
    for (const { kind, key, rev, body } of rows) {
      if (kind === "mrouter") this.#rows.set(key, { row: body as unknown as MrouterRow, rev });
      if (kind === "setting" && key.startsWith("mode ")) this.#modeRevs.set(key, rev);
    }
  }

  /** Revision of the last change of an mrouter; undefined when there is none of that name. */
  revOf(name: string): number | undefined {
    return this.#rows.get(name)?.rev;
  }

  /** Revision of the last change of an interface's mode; 0 when nobody has changed it. */
  modeRevOf(mrouter: string, interfaceName: string): number {
    return this.#modeRevs.get(modeKey({ mrouter, interface: interfaceName })) ?? 0;
  }

  /** Puts an mrouter under control. */
  async add(input: MrouterInput, by: By): Promise<RosterResult> {
    return this.#serial.run(async () => {
      if (this.#rows.has(input.name)) return { error: `there is an mrouter ${input.name} already`, isConflict: true };
      if (this.#rows.size >= MROUTERS_MAX) return { error: `there are ${MROUTERS_MAX} mrouters already` };
      return this.#put(input, undefined, by, 0);
    });
  }

  /** Changes what is said of an mrouter; `rev`, when given, is the revision that the change is based on. */
  async edit(name: string, patch: Partial<Omit<MrouterInput, "name">>, by: By, rev?: number): Promise<RosterResult> {
    return this.#serial.run(async () => {
      const before = this.#rows.get(name);
      if (before === undefined) return { error: `there is no mrouter ${name}` };
      if (rev !== undefined && rev !== before.rev) return { error: `mrouter ${name} has changed`, isConflict: true };
      const { address, protocol, networks } = before.row;
      const input = { name, address, protocol, networks: [...networks], ...patch };
      return this.#put(input, before.row, by, before.rev);
    });
  }

  /** Lets an mrouter go: its kernel stays as it is. `rev` is as for a change. */
  async remove(name: string, by: By, rev?: number): Promise<RosterResult> {
    return this.#serial.run(async () => {
      const before = this.#rows.get(name);
      if (before === undefined) return { error: `there is no mrouter ${name}` };
      if (rev !== undefined && rev !== before.rev) return { error: `mrouter ${name} has changed`, isConflict: true };
      return this.#commit([{ op: "delete", kind: "mrouter", key: name }], by, before.rev, async () => {
        this.#rows.delete(name);
        await this.#options.fleet.remove(name);
      });
    });
  }

  /** Has an interface's filter change its mode, and notes who wanted it; a conflict when `isWanted` does not want the last change. */
  async setMode(wish: ModeWish, by: By, isWanted: (rev: number) => boolean = () => true): Promise<RosterResult> {
    return this.#modeSerial.run(wish.mrouter, async () => {
      const key = modeKey(wish);
      if (!isWanted(this.#modeRevs.get(key) ?? 0)) return { error: "the mode has changed", isConflict: true };
      const trouble = await this.#options.fleet.setMode(wish.mrouter, wish.interface, wish.mode);
      return trouble === undefined ? this.#noteMode(key, wish, by) : { error: trouble };
    });
  }

  /** musersd remembers the mode; here it is noted for the audit trail. */
  async #noteMode(key: string, wish: ModeWish, by: By): Promise<RosterResult> {
    const { store, clock, fence } = this.#options;
    const op = { op: "put", kind: "setting", key, body: { ...wish } } as const;
    try {
      const rev = await store.commit([op], { ...authorshipOf(by, clock.wallMs()), fence });
      this.#modeRevs.set(key, rev);
      return { rev };
    } catch (error) {
      if (!isStoreError(error)) throw error;
      return { error: `the mode has changed, but that could not be noted: ${error.message}` };
    }
  }

  async #put(input: MrouterInput, before: MrouterRow | undefined, by: By, rev: number): Promise<RosterResult> {
    const { fleet, grants } = this.#options;
    const row = rowOf(input, before);
    const trouble = troubleOf(input, row);
    if (trouble !== undefined) return { error: trouble };
    // What an mrouter over v2 holds beyond what is decided shows by itself.
    const removals = before && row.protocol === "v1" ? grants.outside(row.name, row.networks) : [];
    const ops: Op[] = removals.map((key) => ({ op: "put", kind: "removal", key: `${row.name}|${key}`, body: {} }));
    return this.#commit(
      [...ops, { op: "put", kind: "mrouter", key: row.name, body: { ...row } }],
      by,
      rev,
      async (last) => {
        this.#rows.set(row.name, { row, rev: last });
        if (before) await fleet.remove(row.name);
        fleet.add(row);
        grants.owe(row.name, removals, last - removals.length);
        grants.fill(row.name);
        fleet.startOne(row.name);
      },
    );
  }

  async #commit(
    ops: readonly Op[],
    by: By,
    rev: number,
    onStored: (rev: number) => Promise<void>,
  ): Promise<RosterResult> {
    const { store, clock, fence } = this.#options;
    const key = ops.at(-1)?.key ?? "";
    const expect: Expectation[] = [{ kind: "mrouter", key, rev }];
    try {
      const last = await store.commit(ops, { ...authorshipOf(by, clock.wallMs()), fence, expect });
      await onStored(last);
      return { rev: last };
    } catch (error) {
      if (!isStoreError(error)) throw error;
      return { error: `it could not be stored: ${error.message}` };
    }
  }
}

/** A key that is not said again stays. */
function rowOf({ name, address, protocol, networks, key }: MrouterInput, before: MrouterRow | undefined): MrouterRow {
  const row = { name, address, protocol, networks };
  if (key !== undefined) return { ...row, secret: key };
  return {
    ...row,
    ...(before?.key !== undefined && { key: before.key }),
    ...(before?.secret !== undefined && { secret: before.secret }),
  };
}

/** Why an mrouter cannot be controlled so, as a sentence. */
function troubleOf(input: MrouterInput, row: MrouterRow): string | undefined {
  const parsed = MrouterInput.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `${issue?.path.join(".") ?? "it"} ${issue?.message ?? "cannot be used"}`;
  }
  if ((parseEndpoint(row.address)?.port ?? 0) === 0) return 'address must be "host:port" with a port from 1 to 65535';
  try {
    keyOfRow(row);
    return undefined;
  } catch (error) {
    if (error instanceof StartError) return error.message;
    throw error;
  }
}
