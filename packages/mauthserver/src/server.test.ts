// SPDX-License-Identifier: MIT
import { COMMAND } from "@mauth/protocol/v1";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
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

describe("mauthserver", () => {
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
      protocol = "v1"
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
    musersd = await new FakeMusersd().start();
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
});

function failTest(error: unknown): void {
  expect.fail(String(error));
}
