// SPDX-License-Identifier: MIT
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SapLan } from "../../test/sap-lan.ts";
import type { Line } from "../../test/sap-lan.ts";

const BURST = path.join(import.meta.dirname, "../../test/burst.ts");
const HEAR = path.join(import.meta.dirname, "../../test/hear.ts");
const NODE = path.join(import.meta.dirname, "../../../../node_modules/.bin/node");

let lan: SapLan;

beforeEach(() => {
  lan = new SapLan(3);
});

afterEach(async () => {
  await lan.stop();
});

/** Announces one session on a LAN; the IPv4 networks of all LANs are the same. */
function announce(on: number): void {
  lan.announce([NODE, BURST, "1", `192.0.2.${on * 10 + 1}`], undefined, on);
}

function from(on: number): (line: Line) => boolean {
  return (line) => line.type === "add" && line.session?.announcer === `192.0.2.${on * 10 + 1}`;
}

it("[LSN-5] each datagram is heard once, on the interface that it came in on", async () => {
  await lan.listen({ interfaces: "sap0,sap1,sap2" });
  for (const on of [0, 1, 2]) {
    announce(on);
    expect((await lan.next(from(on))).session).toMatchObject({ hearings: [{ interface: `sap${on}` }] });
  }
  lan.endListening();
  expect(await lan.next((line) => line.type === "counters")).toMatchObject({ datagrams: 3, announcements: 3 });
});

it("[LSN-5] what another program joined on another interface is not heard", async () => {
  await lan.listen({ interfaces: "sap0,sap1" });
  const other = lan.receive([NODE, HEAR, "sap2"]);
  await lan.saidBy(other, '"ready"');
  // The listener notices the strange membership with its next look at the interfaces, at which it also joins a new one.
  lan.disconnect();
  await lan.next((line) => line["message"] === "interface is not up: SAP is joined there when it comes");
  lan.connect();
  await lan.next((line) => line["message"] === "interface is up: joining SAP");
  announce(0);
  await lan.next(from(0));
  announce(2);
  await lan.saidBy(other, '"add"');
  announce(1);
  await lan.next(from(1));
  lan.endListening();
  expect(await lan.next((line) => line.type === "counters")).toMatchObject({ datagrams: 2, announcements: 2 });
});
