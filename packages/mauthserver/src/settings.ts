// SPDX-License-Identifier: MIT
import { authorshipOf } from "./by.ts";
import type { By } from "./by.ts";
import type { Clock } from "./clock.ts";
import { DELETION_POLICIES } from "./grants/follow.ts";
import type { DeletionPolicy } from "./grants/follow.ts";
import { Serial } from "./serial.ts";
import type { Fence, Row, Store } from "./store/store.ts";

/** The key under which the choices of admins are stored. */
export const SETTINGS_KEY = "settings";

/** What admins choose while the server runs. */
export interface Choices {
  /** What becomes of the grants of a session that is no longer announced. */
  readonly deletionPolicy: DeletionPolicy;
}

const DEFAULTS: Choices = { deletionPolicy: "grace" };

export interface SettingsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly fence: Fence;
  /** Other choices hold from now on. */
  onChanged(): void;
}

/** Keeps the choices of admins. */
export class Settings {
  readonly #options: SettingsOptions;
  readonly #serial = new Serial();
  #choices = DEFAULTS;
  #rev = 0;

  constructor(options: SettingsOptions) {
    this.#options = options;
  }

  get choices(): Choices {
    return this.#choices;
  }

  /** Revision of the last change; 0 when there was none. */
  get rev(): number {
    return this.#rev;
  }

  /** Takes over what the store holds. */
  restore(rows: readonly Row[]): void {
    const row = rows.find(({ kind, key }) => kind === "setting" && key === SETTINGS_KEY);
    const policy = DELETION_POLICIES.find((one) => one === row?.body["deletionPolicy"]);
    this.#rev = row?.rev ?? 0;
    this.#choices = { ...DEFAULTS, ...(policy && { deletionPolicy: policy }) };
  }

  /** Changes some choices; returns the revision, or undefined when `isWanted` does not want the one that is there. */
  async change(
    choices: Partial<Choices>,
    by: By,
    isWanted: (rev: number) => boolean = () => true,
  ): Promise<number | undefined> {
    return this.#serial.run(async () => {
      if (!isWanted(this.#rev)) return undefined;
      const { store, clock, fence } = this.#options;
      const changed = { ...this.#choices, ...choices };
      const op = { op: "put", kind: "setting", key: SETTINGS_KEY, body: { ...changed } } as const;
      this.#rev = await store.commit([op], { ...authorshipOf(by, clock.wallMs()), fence });
      this.#choices = changed;
      this.#options.onChanged();
      return this.#rev;
    });
  }
}
