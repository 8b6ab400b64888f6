// SPDX-License-Identifier: MIT
import { constants } from "node:os";

/** Something outside of this process that must not outlive it. */
export interface Closable {
  close(): Promise<void>;
}

const open = new Set<Closable>();
let listening = false;
let interrupted = false;

/** From now on the thing is closed before a signal ends this process. */
export function closeOnInterrupt(thing: Closable): void {
  open.add(thing);
  if (listening) return;
  listening = true;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      interrupted = true;
      void closeAll().finally(() => process.exit(128 + constants.signals[signal]));
    });
  }
}

/** Tells whether a signal is ending this process: what fails then fails because it is being closed. */
export function isInterrupted(): boolean {
  return interrupted;
}

/** It is closed: signals need not care for it any more. */
export function forget(thing: Closable): void {
  open.delete(thing);
}

/** Closes everything that is open. */
export async function closeAll(): Promise<void> {
  await Promise.all([...open].map((thing) => thing.close()));
}
