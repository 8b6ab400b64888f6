// SPDX-License-Identifier: MIT

/** A wait that others can cut short. A wake before the wait is remembered. */
export class Pause {
  #wake: (() => void) | undefined;
  #isWoken = false;

  async wait(forMs: number): Promise<void> {
    if (!this.#isWoken)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, forMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.#wake = undefined;
    this.#isWoken = false;
  }

  wake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }
}
