// SPDX-License-Identifier: MIT

/**
 * A set that hands its elements out one after the other, round and round. It goes on where it was, because beginning again
 * would step over everything that was deleted before the first element that is left.
 */
export class Round<Element> {
  readonly #elements = new Set<Element>();
  #cursor = this.#elements.values();

  get size(): number {
    return this.#elements.size;
  }

  add(element: Element): void {
    this.#elements.add(element);
  }

  delete(element: Element): void {
    this.#elements.delete(element);
  }

  /** The element that has been here longest. */
  get oldest(): Element | undefined {
    return this.#elements.values().next().value;
  }

  /** The next element that is wanted; undefined when there is none in the whole round. */
  next(isWanted: (element: Element) => boolean): Element | undefined {
    for (let turns = 0; turns < 2;) {
      const { value, done } = this.#cursor.next();
      if (done === true) {
        this.#cursor = this.#elements.values();
        turns++;
      } else if (isWanted(value)) return value;
    }
    return undefined;
  }
}
