// SPDX-License-Identifier: MIT
/*
 * What the suites use of vitest, small enough for an emulated machine: the bundle puts this in its place. Suites run one
 * after the other and print flat TAP.
 */
import assert from "node:assert/strict";
import { writeSync } from "node:fs";

type Body = () => void | Promise<void>;

interface Test {
  readonly title: string;
  readonly body: Body;
  readonly cleanups: readonly Body[];
}

interface Group {
  readonly title: string;
  readonly afterEach: Body[];
}

const tests: Test[] = [];
const groups: Group[] = [];
const TAP_FD = 1;

/** Groups tests under a title. */
export function describe(title: string, body: () => void): void {
  groups.push({ title, afterEach: [] });
  body();
  groups.pop();
}

/** Declares a test. */
export function it(title: string, body: Body): void {
  const full = [...groups.map((group) => group.title), title].join(" > ");
  tests.push({ title: full, body, cleanups: groups.flatMap((group) => group.afterEach) });
}

/** Runs after each test of the group, declared before them. */
export function afterEach(body: Body): void {
  groups.at(-1)?.afterEach.push(body);
}

/**
 * Runs the tests and tells whether all passed.
 * @param titles Which tests; all when absent.
 */
export async function runTests(titles = /./): Promise<boolean> {
  let failures = 0;
  const chosen = tests.filter(({ title }) => titles.test(title));
  for (const [index, test] of chosen.entries()) {
    const startMs = performance.now();
    const failed = await attempt(test.body);
    const uncleaned = await attemptAll(test.cleanups);
    const error = failed ?? uncleaned;
    const ms = (performance.now() - startMs).toFixed(0);
    if (error === undefined) print(`ok ${index + 1} - ${test.title} # ${ms} ms`);
    else {
      failures++;
      print(`not ok ${index + 1} - ${test.title}\n${indent(error)}`);
    }
  }
  print(`1..${chosen.length}`);
  return failures === 0;
}

/** All of them, whatever becomes of one; returns the first error. */
async function attemptAll(bodies: readonly Body[]): Promise<string | undefined> {
  let first: string | undefined;
  for (const body of bodies) {
    const error = await attempt(body);
    first ??= error;
  }
  return first;
}

async function attempt(body: Body): Promise<string | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function print(text: string): void {
  writeSync(TAP_FD, `${text}\n`);
}

function indent(text: string): string {
  return text.replace(/^/gm, "#   ");
}

/** Checks a value; the message names what was looked at. */
export function expect(actual: unknown, message?: string): Expectation {
  return new Expectation(actual, message);
}

class Expectation {
  readonly #actual: unknown;
  readonly #message: string | undefined;

  constructor(actual: unknown, message: string | undefined) {
    this.#actual = actual;
    this.#message = message;
  }

  get not(): { toBe(unexpected: unknown): void; toHaveProperty(name: string): void } {
    return {
      toBe: (unexpected) => this.#ok(!Object.is(this.#actual, unexpected), `is ${inspect(unexpected)}`),
      toHaveProperty: (name) => this.#ok(!Object.hasOwn(Object(this.#actual), name), `has ${name}`),
    };
  }

  toBe(expected: unknown): void {
    this.#same(this.#actual, expected);
  }

  toBeUndefined(): void {
    this.#same(this.#actual, undefined);
  }

  toEqual(expected: unknown): void {
    this.#same(this.#actual, expected);
  }

  toContain(expected: unknown): void {
    this.#ok(
      (this.#actual as unknown[] | string).includes(expected as string),
      `${inspect(this.#actual)} lacks ${inspect(expected)}`,
    );
  }

  toHaveLength(expected: number): void {
    this.#same((this.#actual as unknown[]).length, expected);
  }

  toBeGreaterThan(expected: number): void {
    this.#ok((this.#actual as number) > expected, `${inspect(this.#actual)} > ${expected}`);
  }

  toBeGreaterThanOrEqual(expected: number): void {
    this.#ok((this.#actual as number) >= expected, `${inspect(this.#actual)} >= ${expected}`);
  }

  toMatchObject(expected: unknown): void {
    this.#ok(matches(this.#actual, expected), `${inspect(this.#actual)} does not match ${inspect(expected)}`);
  }

  toThrow(expected: RegExp): void {
    assert.throws(this.#actual as () => void, expected, this.#message);
  }

  #same(actual: unknown, expected: unknown): void {
    if (this.#message === undefined) assert.deepEqual(actual, expected);
    else this.#ok(inspect(actual) === inspect(expected), `${inspect(actual)} is not ${inspect(expected)}`);
  }

  #ok(isTrue: boolean, sentence: string): void {
    assert.ok(isTrue, this.#message === undefined ? sentence : `${this.#message}: ${sentence}`);
  }
}

/** Objects may have more properties than expected, arrays not more members. */
function matches(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== "object" || expected === null) return Object.is(actual, expected);
  if (typeof actual !== "object" || actual === null) return false;
  if (Array.isArray(expected) && (!Array.isArray(actual) || actual.length !== expected.length)) return false;
  return Object.entries(expected).every(([name, value]) => matches((actual as Record<string, unknown>)[name], value));
}

function inspect(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner)) ?? "undefined";
}
