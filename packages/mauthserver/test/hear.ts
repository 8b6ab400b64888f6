// SPDX-License-Identifier: MIT
// Listens on the interfaces named on the command line, with commas between them, and writes each change of the directory as a line of JSON; with a
// number after it, one line alone, once it holds so many sessions (a pipe that nobody empties would stop the listener).
// A third argument makes the directory's clock so many times as fast, and sessions leave after ten periods of it without
// a least time, so that a test need not wait for an hour.
// Run inside a network namespace by the tests that need real announcers. Ends when its standard input ends.
import { SapListener } from "../src/sap/listener.ts";
import { SessionDirectory } from "../src/sessions.ts";
import type { Now } from "../src/sessions.ts";

const [interfaceNames = "lo", awaited = "", haste] = process.argv.slice(2);
const directory = new SessionDirectory(haste === undefined ? {} : { minTimeoutMs: 1000 });

function write(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function now(): Now {
  return { monotonicMs: performance.now() * Number(haste ?? 1), wallMs: Date.now() };
}

const listener = new SapListener({
  interfaces: interfaceNames.split(","),
  onHeard: (heard) => {
    const changes = directory.hear(heard, now());
    if (awaited === "") for (const change of changes) write(change);
    else if (directory.size === Number(awaited)) write({ type: "complete" });
  },
  log: {
    info: (fields, message) => write({ type: "log", message, ...fields }),
    warn: (fields, message) => write({ type: "log", message, ...fields }),
  },
});
await listener.start();
const expiring = setInterval(() => {
  for (const change of directory.expire(now())) write(change);
}, 100);
write({ type: "ready", joined: listener.joined() });
process.stdin.on("end", () => {
  clearInterval(expiring);
  write({ type: "counters", ...listener.counters, ...directory.counters });
  void listener.stop();
});
process.stdin.resume();
