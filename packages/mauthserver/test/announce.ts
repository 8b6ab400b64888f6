// SPDX-License-Identifier: MIT
// Announces one audio session, 233.252.0.9:5004, L16/48000/2, from 192.0.2.1 on 239.255.255.255 until its standard input
// ends; then withdraws it. With the argument "lf" its lines end in LF.
import { Announcer } from "../src/sap/announcer.ts";
import { SapSender } from "../src/sap/sender.ts";

const announcer = new Announcer({ random: Math.random, announcementsOn: () => 1 });
const sender = new SapSender();
const media = { type: "audio", port: 5004, proto: "RTP/AVP", formats: ["96"], group: "233.252.0.9", ttl: 5 };
announcer.announce(
  "tone",
  {
    description: { title: "Announced by mauth", media: [{ ...media, attributes: ["rtpmap:96 L16/48000/2"] }] },
    originatingSource: "192.0.2.1",
    sapGroups: ["239.255.255.255"],
    interval: { mode: "fixed", intervalMs: 1000 },
    lineEnd: process.argv[2] === "lf" ? "lf" : "crlf",
  },
  performance.now(),
  Date.now() / 1000,
);

/** Sends what is due and sleeps until the next; returns when nothing is announced or deleted any more. */
async function run(): Promise<void> {
  for (let nextMs = announcer.nextMs; nextMs !== null; nextMs = announcer.nextMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, Math.min(nextMs - performance.now(), 100))));
    for (const outgoing of announcer.due(performance.now())) await sender.send(outgoing);
  }
  await sender.stop();
}

process.stdin.on("end", () => announcer.shutdown(performance.now()));
process.stdin.resume();
await run();
