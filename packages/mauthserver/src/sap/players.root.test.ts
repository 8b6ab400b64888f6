// SPDX-License-Identifier: MIT
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isInstalled, makeFilm, makeHome, pipeWire, pulseAudio, vlcAnnouncing } from "../../test/players.ts";
import { SapLan } from "../../test/sap-lan.ts";
import type { Line } from "../../test/sap-lan.ts";

const SAPSERVER = path.join(import.meta.dirname, "../../../../.cache/daemons/minisapserver/usr/bin/sapserver");

let lan: SapLan;
let homes: string[];

beforeEach(() => {
  homes = [];
  lan = new SapLan(2);
});

afterEach(async () => {
  await lan.stop();
  for (const home of homes) rmSync(home, { recursive: true });
});

function newHome(): string {
  const home = makeHome();
  homes.push(home);
  return home;
}

function appears(title: string, announcer = "192.0.2.1"): (line: Line) => boolean {
  return ({ type, session }) => type === "add" && session?.title === title && session.announcer === announcer;
}

function hasTwoMedia({ session }: Line): boolean {
  return (session as unknown as { media?: unknown[] })?.media?.length === 2;
}

function leaves(id: string | undefined): (line: Line) => boolean {
  return (line) => line.type === "remove" && line.id === id;
}

it.skipIf(!isInstalled("cvlc"))(
  "[SDP-2] VLC appears with ids of 64 bits and a host name in o=, and leaves by its silence alone",
  async () => {
    await lan.listen({ haste: 10 });
    const home = newHome();
    const film = makeFilm(home);
    const chain = "#rtp{dst=239.255.12.42,port=5004,mux=ts,sap,name=VLC over RTP}";
    const child = lan.announce(vlcAnnouncing(home, film, chain));
    const { session } = await lan.next(appears("VLC over RTP"));
    expect(session).toMatchObject({
      media: [{ type: "video", port: 5004, formats: ["33"], groups: ["239.255.12.42"], ttl: 255 }],
      flows: [{ source: "192.0.2.1", group: "239.255.12.42", ttl: 255 }],
      hearings: [{ interface: "sap0", group: "239.255.255.255" }],
    });
    const { sessId } = (session as unknown as { origin: { sessId: string } }).origin;
    expect(sessId).toMatch(/^\d{17,}$/); // More than a number of JavaScript holds.
    child.kill("SIGTERM");
    expect(await lan.next(leaves(session?.id))).toMatchObject({ reason: "timeout" });
  },
);

it.skipIf(!isInstalled("cvlc"))(
  "[DIR-1] VLC whose description changes while it plays is another session, since o= is another",
  async () => {
    await lan.listen();
    const home = newHome();
    // Without a multiplex each elementary stream has an m= line, and they are found one after the other.
    const chain = "#rtp{dst=239.192.12.43,port=5004,sap,name=VLC by streams}";
    lan.announce(vlcAnnouncing(home, makeFilm(home), chain));
    const { session } = await lan.next((line) => appears("VLC by streams")(line) && hasTwoMedia(line));
    expect(session).toMatchObject({
      media: [{ groups: ["239.192.12.43"] }, { groups: ["239.192.12.43"] }],
      hearings: [{ group: "239.195.255.255" }],
    });
  },
);

it.skipIf(!isInstalled("pulseaudio"))(
  "[SDP-3] PulseAudio, whose lines end in LF, appears on its own group and leaves with its deletion",
  async () => {
    await lan.listen();
    const child = lan.announce(pulseAudio(newHome(), "Studio_A"));
    const { session } = await lan.next(appears("Studio_A"));
    expect(session).toMatchObject({
      media: [{ type: "audio", groups: ["224.0.0.56"] }],
      flows: [], // No router forwards that group, so there is nothing to permit.
      scope: "link-local",
      hearings: [{ group: "224.0.0.56" }],
    });
    child.kill("SIGINT");
    expect(await lan.next(leaves(session?.id))).toMatchObject({ reason: "deleted" });
  },
);

it.skipIf(!isInstalled("pipewire"))(
  "[DIR-4] PipeWire on two hosts, with one hash and one originating source, are two sessions, and one ends alone",
  async () => {
    await lan.listen({ interfaces: "sap0,sap1" });
    const first = lan.announce(pipeWire(newHome(), "Studio B"));
    const one = await lan.next(appears("Studio B"));
    const second = lan.announce(pipeWire(newHome(), "Studio C"), undefined, 1);
    const two = await lan.next(appears("Studio C", "192.0.2.11"));
    expect(one.session).toMatchObject({ hearings: [{ interface: "sap0", group: "224.0.0.56" }] });
    expect(two.session).toMatchObject({ hearings: [{ interface: "sap1", group: "224.0.0.56" }] });
    first.kill("SIGINT");
    expect(await lan.next((line) => line.type === "remove")).toMatchObject({ id: one.session?.id, reason: "deleted" });
    second.kill("SIGINT");
    expect(await lan.next((line) => line.type === "remove")).toMatchObject({ id: two.session?.id, reason: "deleted" });
  },
);

function program(port: number): string {
  const words = ["user=videolan", "machine=192.0.2.1", "site=http://www.example.org", `port=${port}`, "program_ttl=5"];
  return ["[global]", "sap_delay=1", "[program]", "name=Campus", "address=239.255.12.44", ...words, ""].join("\n");
}

it("[DIR-2] miniSAPserver changes a session under the same hash and version, and leaves by its silence", async () => {
  await lan.listen({ haste: 10 });
  const configuration = path.join(newHome(), "sap.cfg");
  writeFileSync(configuration, program(1234));
  const before = lan.announce([SAPSERVER, "-f", configuration, "-s"], path.dirname(configuration));
  const first = await lan.next(appears("Campus"));
  before.kill("SIGKILL");
  writeFileSync(configuration, program(4321));
  const after = lan.announce([SAPSERVER, "-f", configuration, "-s"], path.dirname(configuration));
  const changed = await lan.next((line) => JSON.stringify(line.session ?? {}).includes('"port":4321'));
  const { id, messageIdHash } = first.session ?? {};
  expect(changed.session).toMatchObject({ id, messageIdHash });
  after.kill("SIGKILL");
  expect(await lan.next(leaves(id))).toMatchObject({ reason: "timeout" });
});
