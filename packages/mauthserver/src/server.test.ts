// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { COMMAND } from "@mauth/protocol/v1";
import type { DeniedRow } from "@mauth/protocol/v2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "./clock.ts";
import { parseConfig } from "./config.ts";
import { silentLog } from "./log.ts";
import { FakeMusersd } from "./mrouters/testing/fake-musersd.ts";
import { Server } from "./server.ts";
import { TestConsole } from "./testing/console.ts";
import { freePort } from "./testing/free-port.ts";
import { until } from "./testing/until.ts";

const { add, remove } = COMMAND;
const source = "192.0.2.10";
const group = "233.252.0.1";
const id = `${source}>${group}`;

/** Protocol of the mrouter, and whether its musersd speaks v2. */
const setUps = [
  { protocol: "v1", v2: false, name: "over v1 to a musersd of the paper" },
  { protocol: "v1", v2: true, name: "over v1 to ours" },
  { protocol: "v2", v2: true, name: "over v2" },
] as const;

describe.each(setUps)("mauthserver $name", ({ protocol, v2 }) => {
  let folder: string;
  let port: number;
  let musersd: FakeMusersd;
  let server: Server;
  let consoles: TestConsole[];

  async function start(): Promise<void> {
    // The port is chosen before, because the origins of a console name it.
    const text = `
      listen = "127.0.0.1:${port}"
      store = "sqlite:${folder}/mauth.db"
      [[mrouter]]
      name = "edge-1"
      address = "${musersd.address}"
      protocol = "${protocol}"
      networks = ["192.0.2.0/24"]`;
    const config = parseConfig(text, "test.toml");
    server = new Server({ config, clock: systemClock, log: silentLog, onFailed: failTest });
    await server.start();
  }

  async function open(): Promise<TestConsole> {
    const origin = `http://127.0.0.1:${port}`;
    const opened = await TestConsole.open(`ws://127.0.0.1:${port}/ws`, { origin });
    consoles.push(opened);
    return opened;
  }

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "mauth-server-"));
    musersd = await new FakeMusersd({ v2 }).start();
    port = await freePort();
    consoles = [];
    await start();
  });
  afterEach(async () => {
    await Promise.all(consoles.map((opened) => opened.close()));
    await server.stop();
    await musersd.stop();
    await rm(folder, { recursive: true });
  });

  it("acknowledges a permit when the mrouter holds the sender, and a revoke when it does not any more", async () => {
    const opened = await open();
    expect(await opened.call(add, source, group, 16)).toBe("ack");
    expect(musersd.table.get(id)).toBe(16);
    await until(() => opened.get("grant", id)?.enforcement[0]?.state === "enforced", "shown as enforced");
    expect(opened.get("grant", id)).toMatchObject({ source, group, maxTtl: 16 });
    expect(await opened.call(remove, source, group)).toBe("ack");
    expect(musersd.table.size).toBe(0);
    await until(() => opened.get("grant", id) === undefined, "the grant is gone");
  });

  it("replaces the TTL when a sender is permitted again", async () => {
    const opened = await open();
    await opened.call(add, source, group, 16);
    expect(await opened.call(add, source, group, 63)).toBe("ack");
    expect(musersd.table.get(id)).toBe(63);
    await until(() => opened.get("grant", id)?.maxTtl === 63, "shown with the new TTL");
  });

  it("acknowledges the revoke of an absent grant after the mrouter did", async () => {
    const opened = await open();
    expect(await opened.call(remove, source, group)).toBe("ack");
    expect(musersd.asked).toContain(`remove ${id}`);
  });

  it.each([
    ["a command that there is not", 2, source, group, 16],
    ["a source that is a group", add, group, group, 16],
    ["a source of 0.0.0.0", add, "0.0.0.0", group, 16],
    ["a group that is none", add, source, source, 16],
    ["a link-local group", add, source, "224.0.0.5", 16],
    ["a TTL of 0", add, source, group, 0],
    ["a source in no mrouter's network", add, "198.51.100.1", group, 16],
    ["the revoke of a source in no mrouter's network", remove, "198.51.100.1", group, 0],
    ["the revoke of a group that is none", remove, source, source, 0],
  ])("answers ERROR to %s, and nothing changes", async (_, command, badSource, badGroup, maxTtl) => {
    const opened = await open();
    const before = opened.commands.filter((row) => row.entity === "grant").length;
    expect(await opened.call(command, badSource, badGroup, maxTtl)).toBe("error");
    expect(await opened.call(add, source, group, 16)).toBe("ack");
    expect([...musersd.table.keys()]).toEqual([id]);
    const after = opened.commands.filter((row) => row.entity === "grant").slice(before);
    expect(new Set(after.map((row) => row.value.id))).toEqual(new Set([id]));
  });

  it("answers ERROR when the kernel refuses, and takes the decision back", async () => {
    const opened = await open();
    musersd.refuse = (change) => (change.command === "add" ? "full" : undefined);
    expect(await opened.call(add, source, group, 16)).toBe("error");
    await until(() => opened.get("grant", id) === undefined, "the grant is gone");
    musersd.refuse = () => undefined;
    expect(await opened.call(add, source, "233.252.0.2", 16)).toBe("ack");
    expect([...musersd.table.keys()]).toEqual([`${source}>233.252.0.2`]);
  });

  it("keeps the TTL of before when the kernel refuses another one", async () => {
    const opened = await open();
    await opened.call(add, source, group, 16);
    musersd.refuse = (change) => (change.maxTtl === 63 ? "no-memory" : undefined);
    expect(await opened.call(add, source, group, 63)).toBe("error");
    await until(() => opened.get("grant", id)?.maxTtl === 16, "shown with the TTL of before");
    await until(() => opened.get("grant", id)?.enforcement[0]?.state === "enforced", "enforced again");
    expect(musersd.table.get(id)).toBe(16);
  });

  it("keeps a decision for an mrouter that does not answer, and answers when it does", async () => {
    const opened = await open();
    musersd.isCutOff = true;
    const call = opened.call(add, source, group, 16);
    await until(() => opened.get("grant", id) !== undefined, "the decision is stored");
    expect(opened.get("grant", id)?.enforcement).toEqual([{ mrouter: "edge-1", state: "pending" }]);
    expect(opened.responses).toEqual([]);
    musersd.isCutOff = false;
    expect(await call).toBe("ack");
    expect(musersd.table.get(id)).toBe(16);
  });

  it("brings everything back to a musersd that lost it within 2 s of its start", async () => {
    const opened = await open();
    const groups = Array.from({ length: 20 }, (_, index) => `233.252.0.${index + 1}`);
    for (const each of groups) expect(await opened.call(add, source, each, 16)).toBe("ack");
    await musersd.reboot();
    const startedMs = performance.now();
    await until(() => musersd.table.size === groups.length, "every sender is back");
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });

  it("does not ask a musersd that lost nothing to remove anything", async () => {
    const opened = await open();
    await opened.call(add, source, group, 16);
    await musersd.stop();
    await musersd.start();
    musersd.asked.length = 0;
    await until(() => opened.get("mrouter", "edge-1")?.state === "online", "online again");
    expect(await opened.call(add, source, "233.252.0.2", 16)).toBe("ack");
    expect(musersd.asked.filter((line) => line.startsWith("remove"))).toEqual([]);
  });

  it("remembers decisions and revocations that an mrouter has not heard of over a restart", async () => {
    const opened = await open();
    expect(await opened.call(add, source, group, 16)).toBe("ack");
    musersd.isCutOff = true;
    opened.call(remove, source, group).catch(() => undefined);
    await until(() => opened.get("grant", id) === undefined, "the revocation is stored");
    opened.call(add, source, "233.252.0.2", 8).catch(() => undefined);
    await until(() => opened.get("grant", `${source}>233.252.0.2`) !== undefined, "the decision is stored");
    await opened.close();
    await server.stop();
    musersd.isCutOff = false;
    expect([...musersd.table]).toEqual([[id, 16]]);
    await start();
    await until(() => JSON.stringify([...musersd.table]) === `[["${source}>233.252.0.2",8]]`, "both are carried out");
  });

  if (!v2)
    it(
      "shows an mrouter that goes silent as offline within 7 s, and online when it is back",
      { timeout: 15_000 },
      async () => {
        const opened = await open();
        await until(() => opened.get("mrouter", "edge-1")?.state === "online", "online");
        musersd.isCutOff = true;
        await until(() => opened.get("mrouter", "edge-1")?.state === "offline", "offline", 7000);
        musersd.isCutOff = false;
        await until(() => opened.get("mrouter", "edge-1")?.state === "online", "online again", 3000);
      },
    );

  if (v2)
    it("shows what the kernel holds, who sends and who is refused", async () => {
      const opened = await open();
      await opened.call(add, source, group, 16);
      musersd.status = { ...musersd.status, passedPackets: 70, refusedPackets: { UNKNOWN: 4, TTL: 3 } };
      musersd.counts.set(id, { packets: 70, bytes: 7000, refusedPackets: 3, lastMs: performance.now() });
      musersd.denied = [deniedRow("192.0.2.66", 4)];
      await until(() => opened.get("mrouter", "edge-1")?.refusedPackets === 7, "the counts are shown");
      expect(opened.get("mrouter", "edge-1")).toMatchObject({
        filter: "memory",
        mode: "enforce",
        interfaces: [{ name: "lan0", attached: true }],
        sendersDecided: 1,
        sendersInForce: 1,
        passedPackets: 70,
      });
      await until(() => opened.get("sender", `edge-1|${id}`)?.packets === 70, "the sender's counts are shown");
      const denied = `edge-1|lan0|192.0.2.66>${group}`;
      await until(() => opened.get("denied", denied)?.packets === 4, "the refused sender is shown");
      expect(opened.get("denied", denied)).toMatchObject({ reason: "UNKNOWN", ttl: 16, source: "192.0.2.66", group });
      expect(Math.abs((opened.get("denied", denied)?.lastAt ?? 0) - Date.now())).toBeLessThan(5000);
      await opened.call(add, "192.0.2.66", group, 16);
      await until(() => opened.get("denied", denied) === undefined, "permitted, it is refused no more");
    });

  if (v2)
    it("shows a refused sender at once when the mrouter tells", async () => {
      const opened = await open();
      await until(() => opened.get("mrouter", "edge-1")?.filter === "memory", "asked over v2");
      const row = deniedRow("192.0.2.67", 1);
      await until(() => {
        musersd.publish({ class: "denied", row });
        return opened.get("denied", `edge-1|lan0|192.0.2.67>${group}`) !== undefined;
      }, "shown");
    });

  if (v2)
    it("takes announcements that an mrouter heard", async () => {
      const opened = await open();
      const sdp =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=Relayed\r\nt=0 0\r\nc=IN IP4 233.252.0.9/16\r\nm=audio 5004 RTP/AVP 0\r\n";
      const bytes = Buffer.concat([Buffer.from("20001234c000020a", "hex"), Buffer.from(sdp)]);
      await until(() => {
        musersd.publish({ class: "sap", interface: "lan0", source: 0xc000020a, group: 0xefffffff, bytes });
        return [...opened.entities.keys()].some((key) => key.startsWith("session "));
      }, "the session is shown");
      const session = [...opened.entities].find(([key]) => key.startsWith("session "))?.[1];
      expect(session).toMatchObject({
        title: "Relayed",
        announcer: source,
        hearings: [{ mrouter: "edge-1", group: "239.255.255.255" }],
      });
    });

  if (protocol === "v2")
    it("removes what no grant explains, and mends what was changed behind its back", async () => {
      const opened = await open();
      await opened.call(add, source, group, 16);
      await opened.call(add, source, "233.252.0.2", 16);
      musersd.table.set("192.0.2.99>233.252.0.9", 255);
      musersd.table.set(id, 255);
      musersd.table.delete(`${source}>233.252.0.2`);
      const wanted = JSON.stringify([
        [id, 16],
        [`${source}>233.252.0.2`, 16],
      ]);
      await until(() => JSON.stringify([...musersd.table]) === wanted, "as decided", 4000);
    });
});

function deniedRow(from: string, packets: number): DeniedRow {
  const [a = 0, b = 0, c = 0, d = 0] = from.split(".").map(Number);
  const address = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const times = { firstMs: performance.now() - 100, lastMs: performance.now() };
  const counts = { reason: "UNKNOWN", ttl: 16, packets, bytes: packets * 100 } as const;
  return { interface: "lan0", source: address, group: 0xe9fc0001, ...counts, ...times };
}

function failTest(error: unknown): void {
  expect.fail(String(error));
}
