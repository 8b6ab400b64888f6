// SPDX-License-Identifier: MIT
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

/** Consoles in a process of their own, so that what is measured does not wait for whoever measures. */
export class Audience {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when each of them has had its snapshot. */
  static async open(url: string, count: number): Promise<Audience> {
    const child = fork(path.join(import.meta.dirname, "consoles.ts"), [url, String(count)]);
    await said(child, "ready");
    return new Audience(child);
  }

  /** Resolves with what resolves when all of them got a frame with this text. */
  async lookFor(text: string): Promise<{ readonly heard: Promise<void> }> {
    this.#child.send(text);
    await said(this.#child, "looking");
    return { heard: said(this.#child, "heard") };
  }

  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }
}

async function said(child: ChildProcess, word: string): Promise<void> {
  for (;;) {
    const [message] = (await once(child, "message")) as [string];
    if (message === word) return;
  }
}
