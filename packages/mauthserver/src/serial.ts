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
