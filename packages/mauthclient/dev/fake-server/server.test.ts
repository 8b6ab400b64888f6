// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { AnyCommand } from "@mauth/protocol/api";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type SceneName, SCENES } from "./scene.ts";
import { FakeServer } from "./server.ts";

const servers: FakeServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A console's connection: the commands it got, and the next that fits. */
class Client {
  readonly commands: AnyCommand[] = [];
  readonly responses: string[] = [];
  readonly socket: WebSocket;

  /** As the snapshot names it. */
  get log(): string {
    const end = this.commands.find((command) => command.entity === "snapshot");
    return end?.value.log ?? "";
  }

  constructor(port: number, query = "") {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/ws${query}`);
    this.socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.responses.push(data.toString("hex"));
      else this.commands.push(...[JSON.parse(data.toString())].flat().map((one) => AnyCommand.parse(one)));
    });
  }

  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) await once(this.socket, "message");
  }
}

async function listen(scene: SceneName, sessions: number): Promise<number> {
  const server = new FakeServer({ scene, sessions, seed: 1 });
  servers.push(server);
  return server.listen(0);
}

async function greeted(client: Client): Promise<Client> {
  await client.until(() => client.commands.some((command) => command.entity === "snapshot"));
  return client;
}

async function connect(scene: SceneName, sessions = 24): Promise<Client> {
  return greeted(new Client(await listen(scene, sessions)));
}

const idsOf = ({ commands }: Client): string[] =>
  commands.flatMap(({ entity, value }) => ("id" in value ? [`${entity} ${value.id}`] : [])).sort();

describe("fake server", () => {
  const scenes = Object.keys(SCENES).filter((name): name is SceneName => name !== "mute");

  it.each(scenes)("sends a snapshot that the schemas accept: %s", async (scene) => {
    const { commands } = await connect(scene);
    expect(commands.filter((command) => command.entity === "snapshot")).toHaveLength(1);
    const isEmpty = scene === "empty" || scene === "bare";
    expect(commands.some((command) => command.entity === "session")).toBe(!isEmpty);
  });

  it("sends the same in batches to who asks for them", async () => {
    const port = await listen("lively", 300);
    const [plain, batched] = await Promise.all(
      ["", "?frames=batches"].map((query) => greeted(new Client(port, query))),
    );
    expect(plain && idsOf(plain)).toEqual(batched && idsOf(batched));
    const complete = batched?.commands.flatMap(({ entity, value }) => (entity === "progress" ? [value] : []));
    expect(complete).toContainEqual({ entity: "session", sent: 300, total: 300 });
  });

  it("invents as many sessions as asked, each with an id of its own", async () => {
    const { commands } = await connect("lively", 2000);
    const ids = commands.filter((command) => command.entity === "session").map((command) => command.value.id);
    expect(new Set(ids).size).toBe(2000);
  });

  it("permits and revokes by the paper's bytes", async () => {
    const client = await connect("lively");
    // add 192.0.2.33 > 233.252.0.200, max TTL 15, as number 7
    client.socket.send(Buffer.from("0700c0000221e9fc00c80f", "hex"));
    await client.until(() => client.responses.length === 1);
    expect(client.responses).toEqual(["0007"]);
    const id = "192.0.2.33>233.252.0.200";
    expect(client.commands.findLast((command) => command.entity === "grant")).toMatchObject({
      type: "add",
      value: { id },
    });
    client.socket.send(Buffer.from("0801c0000221e9fc00c800", "hex"));
    await client.until(() => client.responses.length === 2);
    expect(client.responses[1]).toBe("0008");
    expect(client.commands.findLast((command) => command.entity === "grant")).toMatchObject({
      type: "remove",
      value: { id },
    });
  });

  it("tells a console that comes back what it has missed, and everything when that is not known", async () => {
    const port = await listen("empty", 0);
    const { commands, socket, log } = await greeted(new Client(port));
    const first = commands.at(-1)?.rev ?? 0;
    // add 192.0.2.33 > 233.252.0.200, max TTL 15
    const other = await greeted(new Client(port));
    other.socket.send(Buffer.from("0700c0000221e9fc00c80f", "hex"));
    await other.until(() => other.responses.length === 1);
    socket.terminate();
    const back = await greeted(new Client(port, `?log=${log}&rev=${first}`));
    expect(back.commands[0]).toMatchObject({ entity: "resumed", value: { from: first } });
    expect(back.commands).toContainEqual(expect.objectContaining({ type: "add", entity: "grant" }));
    const unknown = [`log=${log}&rev=${first - 1}`, `log=${log}&rev=${first + 1000}`, `rev=${first}`];
    for (const query of [...unknown, `log=another&rev=${first}`]) {
      const stranger = await greeted(new Client(port, `?${query}`));
      expect(stranger.commands.map((command) => command.entity)).not.toContain("resumed");
    }
  });

  it("resumes a feed without what did not change, and with what is gone", async () => {
    const port = await listen("lively", 24);
    const { commands, log } = await greeted(new Client(port));
    const snapshot = commands.find((command) => command.entity === "snapshot")?.rev ?? 0;
    const ignored = { headers: { "content-type": "application/json" }, method: "PUT", body: "{}" };
    const path = `http://127.0.0.1:${port}/api/v1/denied/${encodeURIComponent("192.0.2.9>233.252.0.9")}/ignored`;
    expect((await fetch(path, ignored)).ok).toBe(true);
    const later = await greeted(new Client(port, `?log=${log}&rev=${snapshot}`));
    const rev = later.commands.find((command) => command.entity === "snapshot")?.rev ?? 0;
    expect(later.commands.filter((command) => command.entity === "session").length).toBeLessThan(24);
    expect((await fetch(path, { method: "DELETE" })).ok).toBe(true);
    const back = await greeted(new Client(port, `?log=${log}&rev=${rev}`));
    expect(back.commands).toContainEqual(expect.objectContaining({ type: "remove", entity: "ignored" }));
  });

  it("refuses what mauthserver refuses, and its special group", async () => {
    const client = await connect("lively");
    // TTL 0, a multicast source, a link-local group, and 233.252.0.253
    const bad = [
      "0100c0000221e9fc00c800",
      "0200e9fc0001e9fc00c80f",
      "0300c0000221e00000050f",
      "0400c0000221e9fc00fd0f",
    ];
    for (const hex of bad) client.socket.send(Buffer.from(hex, "hex"));
    await client.until(() => client.responses.length === 4);
    expect(client.responses).toEqual(["0101", "0102", "0103", "0104"]);
  });
});

it.each([
  ["--port", "x"],
  ["--port", "65536"],
  ["--scene", "constructor"],
  ["--bogus", "1"],
])("ends with 2 and one sentence on %s %s", (name, value) => {
  const run = spawnSync(process.execPath, [join(import.meta.dirname, "main.ts"), name, value], { encoding: "utf8" });
  expect(run.status).toBe(2);
  expect(run.stderr).toMatch(/^fake-server: [^\n]+\n$/);
});
