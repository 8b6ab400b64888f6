// SPDX-License-Identifier: MIT

/** Asks for the password once more when mauthserver wants it; whatever needs it waits for the same answer. */
export class Confirmation {
  readonly #listeners = new Set<() => void>();
  #asked: PromiseWithResolvers<boolean> | undefined;

  /** Whether the password is being asked for. */
  readonly view = (): boolean => this.#asked !== undefined;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks; true when the password was given, false when that was declined. */
  readonly ask = (): Promise<boolean> => {
    this.#asked ??= Promise.withResolvers<boolean>();
    this.#tell();
    return this.#asked.promise;
  };

  /** Ends the asking: the password was given and was right, or nobody wants to give it. */
  settle(isGiven: boolean): void {
    this.#asked?.resolve(isGiven);
    this.#asked = undefined;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
