// SPDX-License-Identifier: MIT
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeAll } from "../lab/interrupt.ts";
import { ConsoleClient } from "../lab/console.ts";
import type { Lab } from "../lab/lab.ts";
import { RPC_PORT, SAP_GROUPS, SAP_PORT } from "../lab/services.ts";
import { ADDRESS, type HostName } from "../lab/topology.ts";
import { until } from "../lab/until.ts";
import { garbage } from "./support/garbage.ts";
import { readMetric, sumWithout } from "./support/metrics.ts";
import { datagramsRefused, kernelSenders } from "./support/musersctl.ts";
import { allInForce, lastingState, sessionShown, startSystem } from "./support/system.ts";

const COUNT = 10_000;
/** Slow enough for the smallest receive buffer: what is not received cannot be counted. */
const PACKETS_PER_SECOND = 2_500;

describe(`${COUNT} garbage messages`, () => {
  let lab: Lab;
  let console: ConsoleClient;
  beforeAll(async () => {
    lab = await startSystem("garbage");
    console = await ConsoleClient.connect(lab.url);
    await console.permit(ADDRESS.permitted, "233.252.0.10", 16);
    await sessionShown(console);
    await until(() => allInForce(console), { what: "the grants to be in force" });
  });
  afterAll(closeAll);

  /** Everything that garbage must not change. */
  async function everything(): Promise<unknown> {
    const fresh = await ConsoleClient.connect(lab.url);
    const state = lastingState(fresh);
    await fresh.close();
    return { state, senders: await kernelSenders(lab) };
  }

  /** Sends datagrams from a host, equally to each address. */
  async function pour(
    from: HostName,
    to: { addresses: readonly string[]; port: number },
    messages: Iterable<Uint8Array>,
  ) {
    const { addresses, port } = to;
    const packetsPerSecond = PACKETS_PER_SECOND / addresses.length;
    const sockets = addresses.map((address) => lab.exchange(from, { address, port, packetsPerSecond }));
    let index = 0;
    for (const bytes of messages) sockets[index++ % sockets.length]?.send(bytes);
    await Promise.all(sockets.map((socket) => socket.stop()));
  }

  it("to the SAP groups change nothing and are counted", async () => {
    const before = await everything();
    const refusedBefore = await sapRefused(lab);
    // A SAP header: version 1, no authentication, then hash and originating source.
    const beginning = Buffer.from("20001234c000020a", "hex");
    await pour("rogue", { addresses: SAP_GROUPS, port: SAP_PORT }, garbage(COUNT, { seed: 1, beginning }));
    const instead = async () => `${(await sapRefused(lab)) - refusedBefore}`;
    // At least: the mrouter hears them too, and relays some.
    await until(async () => (await sapRefused(lab)) - refusedBefore >= COUNT, { what: `${COUNT} refusals`, instead });
    expect(await everything()).toEqual(before);
  });

  it("to the RPC port change nothing and are counted", async () => {
    const before = await everything();
    const countedBefore = await datagramsRefused(lab);
    const beginning = Buffer.from("0002c000020be9fc000a10", "hex"); // A v1 request, but for its command and its length.
    const messages = garbage(COUNT, { seed: 2, beginning });
    await pour("service", { addresses: [ADDRESS.mrouterManagement], port: RPC_PORT }, messages);
    const instead = async () => `${(await datagramsRefused(lab)) - countedBefore}`;
    await until(async () => (await datagramsRefused(lab)) - countedBefore >= COUNT, {
      what: `${COUNT} refusals`,
      instead,
    });
    expect(await everything()).toEqual(before);
  });

  it("to the WebSocket change nothing and are counted", async () => {
    const before = await everything();
    const ignoredBefore = await framesIgnored(lab);
    const beginning = Buffer.from('{"rev":1,"type":"add","entity":"grant","value":{"id":');
    let index = 0;
    for (const bytes of garbage(COUNT, { seed: 3, beginning })) {
      const frame = bytes.length === 11 ? bytes.subarray(1) : bytes; // Eleven bytes would be a request.
      console.sendRaw(index++ % 2 === 0 ? frame : Buffer.from(frame).toString("latin1"));
    }
    await until(async () => (await framesIgnored(lab)) - ignoredBefore === COUNT, { what: `${COUNT} ignored frames` });
    expect(await everything()).toEqual(before);
  });
});

/** SAP datagrams that mauthserver refused. */
async function sapRefused(lab: Lab): Promise<number> {
  return sumWithout(await readMetric(lab.url, "mauth_sap_announcements_total"), "announcements", "refreshes");
}

/** WebSocket frames that mauthserver ignored because they were no requests. */
async function framesIgnored(lab: Lab): Promise<number> {
  const { ignored_text = 0, ignored_length = 0 } = await readMetric(lab.url, "mauth_push_total");
  return ignored_text + ignored_length;
}
