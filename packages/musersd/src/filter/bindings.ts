// SPDX-License-Identifier: MIT
import type { BpfMap } from "./bpf-map.ts";
import { bindingOf, decodeName, encodeName, encodeNumberKey } from "./layout.ts";
import type { NameOf } from "./layout.ts";

/**
 * The names of the interfaces that senders are bound to. The filter compares a number made of the name, so that a sender
 * stays bound to an interface that goes and comes back as another ifindex; here is the way back to the name.
 */
export class Bindings {
  readonly #map: BpfMap;

  constructor(map: BpfMap) {
    this.#map = map;
  }

  /**
   * Keeps the name; to be called before a sender is bound to it.
   * @throws when the kernel has no room, or another name has the same number.
   */
  note(name: string): void {
    const key = encodeNumberKey(bindingOf(name));
    const present = this.#map.find(key);
    if (present === undefined) return this.#map.write(key, encodeName(name));
    const other = decodeName(new DataView(present.buffer));
    if (other !== name) throw Object.assign(new Error(`${name} has the number of ${other}`), { code: "EEXIST" });
    return undefined;
  }

  /** Forgets names to which no sender is bound. */
  keepOnly(used: ReadonlySet<string>): void {
    for (const [binding, name] of this.#names()) if (!used.has(name)) this.#map.delete(encodeNumberKey(binding));
  }

  /** Finds one name. */
  readonly nameOf: NameOf = (binding) => {
    const value = this.#map.find(encodeNumberKey(binding));
    return value === undefined ? `binding ${binding}` : decodeName(new DataView(value.buffer));
  };

  /** Reads all names, to find many. */
  readAll(): NameOf {
    const names = this.#names();
    return (binding) => names.get(binding) ?? `binding ${binding}`;
  }

  #names(): Map<number, string> {
    return new Map(this.#map.entries((key, value) => [key.getUint32(0, true), decodeName(value)]));
  }
}
