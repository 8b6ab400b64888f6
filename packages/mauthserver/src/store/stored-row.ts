// SPDX-License-Identifier: MIT
import type { Body, Kind, Row } from "./store.ts";

/** A row whose text is parsed when somebody looks at it: most of many sessions are not looked at during a start. */
export class StoredRow implements Row {
  readonly kind: Kind;
  readonly key: string;
  readonly rev: number;
  #body: Body | string;

  /** `text`: the body as JSON. */
  constructor(kind: Kind, key: string, rev: number, text: string) {
    this.kind = kind;
    this.key = key;
    this.rev = rev;
    this.#body = text;
  }

  get body(): Body {
    if (typeof this.#body === "string") this.#body = JSON.parse(this.#body) as Body;
    return this.#body;
  }
}
