// SPDX-License-Identifier: MIT

/** Runs asynchronous actions one after the other, in the order of the calls. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  async run<Result>(action: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(action);
    // The next action runs whether or not this one failed; the caller hears of the failure.
    this.#last = result.catch(() => {});
    return result;
  }
}

/** Runs the actions of each name one after the other, and those of different names side by side. */
export class NamedSerial {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<Result>(name: string, action: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(name);
    const result = before === undefined ? action() : before.then(action);
    const ended = result.then(
      () => {},
      () => {},
    );
    this.#last.set(name, ended);
    void ended.then(() => {
      if (this.#last.get(name) === ended) this.#last.delete(name);
    });
    return result;
  }
}
