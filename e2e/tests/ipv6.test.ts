// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConsoleClient, type Entity } from "../lab/console.ts";
import { closeAll } from "../lab/interrupt.ts";
import { Lab } from "../lab/lab.ts";
import { LabProcess } from "../lab/process.ts";
import { namespaceOf } from "../lab/topology.ts";
import { Receiver } from "../lab/traffic/receiver.ts";
import { until } from "../lab/until.ts";
import { uniqueId } from "./support/unique-id.ts";

/*
 * The lab with IPv6 beside IPv4, on the same wires:
 *
 *   permitted ::11, ::12 ──┐
 *   rogue     ::66 ────────┤   2001:db8:1::/64 ── lan0 ::1 ─┤ mrouter ├─ lan1 ::1 ── 2001:db8:2::/64 ── ::20 receiver
 *   service   ::5 ─────────┘
 */
const ADDRESS = {
  permitted: "2001:db8:1::11",
  sentinel: "2001:db8:1::12",
  rogue: "2001:db8:1::66",
  receiver: "2001:db8:2::20",
} as const;
const SENTINEL_GROUP = "ff0e::db8:fe";
const STREAM = { title: "Organ recital, IPv6", group: "ff0e::db8:10", port: 5004 } as const;
const SMCROUTECTL = join(import.meta.dirname, "../../.cache/daemons/smcroute/usr/sbin/smcroutectl");
const TONE =
  "ffmpeg -nostdin -loglevel warning -re -f lavfi -i sine=frequency=440:sample_rate=48000 -ac 1 -c:a pcm_s16be".split(
    " ",
  );
/** ffmpeg announces every 5 s. */
const HEARD_MS = 30_000;

/** Gives the hosts IPv6, and the routing daemon a route for every IPv6 group, so that only the filter can stop anything. */
async function addIpv6(lab: Lab): Promise<void> {
  const ports = [
    ["mrouter", "lan0", "2001:db8:1::1"],
    ["mrouter", "lan1", "2001:db8:2::1"],
    ["permitted", "eth0", ADDRESS.permitted],
    ["permitted", "eth0", ADDRESS.sentinel],
    ["rogue", "eth0", ADDRESS.rogue],
    ["service", "sap0", "2001:db8:1::5"],
    ["receiver", "eth0", ADDRESS.receiver],
  ] as const;
  await lab.run("mrouter", "sh", "-ec", "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
  for (const [host, name, address] of ports) {
    // A deprecated address is not chosen by itself (RFC 6724 §5, rule 3): the announcer sends from the other one.
    const lifetime = address === ADDRESS.sentinel ? ["preferred_lft", "0"] : [];
    await lab.run(host, "ip", "addr", "add", `${address}/64`, "dev", name, "nodad", ...lifetime);
  }
  await lab.run("permitted", "ip", "route", "add", "default", "via", "2001:db8:1::1");
  await lab.run("mrouter", SMCROUTECTL, "-u", `${lab.directory}/smcroute.sock`, "add", "lan0", "ff0e::/16", "lan1");
}

describe("IPv6, from the announcement to the packets", () => {
  let lab: Lab;
  let console: ConsoleClient;
  let announcer: LabProcess;
  let receiver: Receiver;

  beforeAll(async () => {
    lab = await Lab.create({ id: uniqueId("ipv6"), protocol: "v2" });
    await addIpv6(lab);
    await lab.start("musersd");
    await lab.start("mauthserver");
    expect((await api("PATCH", "/mrouters/edge-1", { networks: ["192.0.2.0/24", "2001:db8:1::/64"] })).status).toBe(
      200,
    );
    console = await ConsoleClient.connect(lab.url);
    announcer = new LabProcess({
      name: "announcer6",
      namespace: namespaceOf(lab.id, "permitted"),
      logFile: `${lab.directory}/announcer6.log`,
      command: [
        ...TONE,
        "-metadata",
        `title=${STREAM.title}`,
        "-f",
        "sap",
        `sap://[${STREAM.group}]:${STREAM.port}?ttl=16`,
      ],
    });
    announcer.start();
    const place = { namespace: namespaceOf(lab.id, "receiver"), interfaceAddress: ADDRESS.receiver };
    receiver = new Receiver({ ...place, port: STREAM.port });
    await receiver.join(STREAM.group, SENTINEL_GROUP);
    await permit({ source: ADDRESS.sentinel, group: SENTINEL_GROUP });
  });
  afterAll(async () => {
    await receiver?.stop();
    await announcer?.stop();
    await console?.close();
    await closeAll();
  });

  async function api(method: string, path: string, body?: object): Promise<Response> {
    const content = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    return fetch(`${lab.url}/api/v1${path}`, { method, ...content });
  }

  async function permit(input: object): Promise<void> {
    const answer = await api("POST", "/grants", { maxTtl: 64, ...input });
    expect(await answer.json()).toMatchObject({ outcome: "ack" });
  }

  function announced(): Entity[] {
    return console.all("session").filter(({ title }) => title === STREAM.title);
  }

  /** Until what was sent so far has arrived or been dropped: a sentinel of the same host and wire has come through. */
  async function drain(): Promise<void> {
    const before = await receiver.packets(ADDRESS.sentinel, SENTINEL_GROUP);
    const sender = lab.send("permitted", { source: ADDRESS.sentinel, group: SENTINEL_GROUP, packetsPerSecond: 50 });
    const arrived = async () => (await receiver.packets(ADDRESS.sentinel, SENTINEL_GROUP)) > before;
    await until(arrived, { what: "the IPv6 sentinel to arrive" });
    await sender.stop();
  }

  function passed(): Promise<number> {
    return receiver.packets(ADDRESS.permitted, STREAM.group);
  }

  /** When the stream was last refused, 0 for never. */
  function refusedAt(): number {
    const refused = console
      .all("denied")
      .filter((one) => one["source"] === ADDRESS.permitted && one["group"] === STREAM.group);
    return Math.max(0, ...refused.map(({ lastAt }) => Number(lastAt)));
  }

  it("shows a session that is announced over IPv6, heard by the service and by the mrouter, with its flow", async () => {
    const places = () =>
      announced().flatMap(({ hearings }) =>
        (hearings as { mrouter: string | null; interface: string; group: string }[]).map(
          (one) => `${one.mrouter} ${one.interface} ${one.group}`,
        ),
      );
    await until(() => places().length === 2, {
      what: "the session to be heard at two places",
      deadlineMs: HEARD_MS,
      instead: () => `${JSON.stringify(console.all("session"))}\n${announcer.logTail()}`,
    });
    expect(places().sort()).toEqual(["edge-1 lan0 ff0e::2:7ffe", "null sap0 ff0e::2:7ffe"]);
    expect(announced()).toMatchObject([
      { announcer: ADDRESS.permitted, flows: [{ source: ADDRESS.permitted, group: STREAM.group, ttl: null }] },
    ]);
  });

  it("forwards nothing of it before the session is permitted, and all of it from then on", async () => {
    await drain();
    expect(await passed()).toBe(0);
    await until(() => refusedAt() > 0, { what: "the stream to be shown as refused" });
    const [session] = announced();
    await permit({ source: ADDRESS.permitted, group: "session", session: session?.["id"] });
    await until(async () => (await passed()) > 20, { what: "the stream to arrive" });
  });

  it("forwards nothing of anybody else to the same group", async () => {
    const rogue = lab.send("rogue", { source: ADDRESS.rogue, group: STREAM.group, count: 100, packetsPerSecond: 500 });
    expect(await rogue.finished()).toBe(100);
    await drain();
    expect(await receiver.packets(ADDRESS.rogue, STREAM.group)).toBe(0);
    await until(() => console.all("denied").some(({ source }) => source === ADDRESS.rogue), {
      what: "the rogue to be shown",
    });
  });

  it("stops with the grant of the session", async () => {
    const [grant] = console.all("grant").filter(({ session }) => session !== undefined);
    const ended = await api("DELETE", `/grants/${encodeURIComponent(String(grant?.["id"]))}`);
    expect(await ended.json()).toMatchObject({ outcome: "ack" });
    await drain();
    const [before, endedAt] = [await passed(), Date.now()];
    await until(() => refusedAt() > endedAt, { what: "the stream to be shown as refused again" });
    await drain();
    expect(await passed()).toBe(before);
  });
});
