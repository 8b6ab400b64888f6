// SPDX-License-Identifier: MIT
// Listens on the interfaces named on the command line, with commas between them, and writes each change of the directory as a line of JSON; with a
// number after it, one line alone, once it holds so many sessions (a pipe that nobody empties would stop the listener).
// Run inside a network namespace by the tests that need real announcers. Ends when its standard input ends.
import { SapListener } from "../src/sap/listener.ts";
import { SessionDirectory } from "../src/sessions.ts";

const [interfaceNames = "lo", awaited] = process.argv.slice(2);
const directory = new SessionDirectory();

function write(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

const listener = new SapListener({
  interfaces: interfaceNames.split(","),
  onHeard: (heard) => {
    const now = { monotonicMs: performance.now(), wallMs: Date.now() };
    const changes = directory.hear(heard, now);
    if (awaited === undefined) for (const change of changes) write(change);
    else if (directory.size === Number(awaited)) write({ type: "complete" });
  },
  log: {
    info: (fields, message) => write({ type: "log", message, ...fields }),
    warn: (fields, message) => write({ type: "log", message, ...fields }),
  },
});
await listener.start();
write({ type: "ready", joined: listener.joined() });
process.stdin.on("end", () => {
  write({ type: "counters", ...listener.counters, ...directory.counters });
  void listener.stop();
});
process.stdin.resume();
