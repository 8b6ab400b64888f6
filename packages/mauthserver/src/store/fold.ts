// SPDX-License-Identifier: MIT
import type { Row } from "./store.ts";

/** Takes rows one after the other and makes something of them that can be handed to another thread. */
export interface Fold<Result> {
  take(row: Row): void;
  /**
   * Takes a row from a text of many, which is cheaper than to have it parsed: the line `["KEY",REV,BODY]` that begins at `start`,
   * in UTF-8, the body as canonical JSON. False when it is not of the shape that can be taken so, and then nothing was taken.
   */
  takeLine?(lines: Uint8Array, start: number): boolean;
  end(): Folded<Result>;
}

export interface Folded<Result> {
  readonly result: Result;
  /** Memory of the result that changes hands instead of being copied. */
  readonly transfer: readonly ArrayBuffer[];
}

/** Names a class that implements Fold, has no parameters, and can be loaded anywhere. */
export interface FoldClass {
  /** URL of its module. */
  readonly module: string;
  /** The name under which it is exported. */
  readonly name: string;
}

/** Makes one of that class; it has to be the one of `Result`. */
export async function createFold<Result>({ module, name }: FoldClass): Promise<Fold<Result>> {
  const exported = (await import(module)) as Record<string, new () => Fold<Result>>;
  const Class = exported[name];
  if (Class === undefined) throw new TypeError(`${module} exports no ${name}`);
  return new Class();
}
