// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeMusersd } from "./mrouters/testing/fake-musersd.ts";
import { TestConsole } from "./testing/console.ts";
import { freePort } from "./testing/free-port.ts";
import { until } from "./testing/until.ts";

const MAIN = path.join(import.meta.dirname, "main.ts");

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...argv: string[]): { child: ChildProcess; output: { stdout: string; stderr: string } } {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  return { child, output };
}

async function run(...argv: string[]): Promise<Result> {
  const { child, output } = start(...argv);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...output };
}

describe("the command line", { timeout: 30_000 }, () => {
  let folder: string;
  let file: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "mauth-main-"));
    file = path.join(folder, "mauthserver.toml");
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "close");
    }
    await rm(folder, { recursive: true, force: true });
  });

  async function configure(port: number, more = ""): Promise<void> {
    await writeFile(file, `listen = "127.0.0.1:${port}"\nstore = "sqlite:${folder}/mauth.db"\n${more}`);
  }

  async function serve(port: number): Promise<ChildProcess> {
    const { child, output } = start("serve", "--config", file);
    children.push(child);
    await until(() => output.stdout.includes("mauthserver serves"), `it listens on ${port}`, 20_000);
    return child;
  }

  it("helps, and tells its version", async () => {
    for (const argv of [["--help"], ["serve", "--help"], ["account", "--help"]])
      expect(await run(...argv)).toMatchObject({ code: 0, stdout: expect.stringContaining("mauthserver"), stderr: "" });
    expect(await run("--version")).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  });

  it.each([
    [[], "no command: use serve, inspect, account, --help or --version"],
    [["sreve"], 'unknown command "sreve": use serve, inspect, account, --help or --version'],
    [["serve"], "serve needs --config FILE.toml"],
    [["serve", "--conf", "x"], "serve: Unknown option '--conf'"],
    [["serve", "--config"], "serve: Option '--config <value>' argument missing"],
    [["serve", "--config", "/none.toml"], "cannot read /none.toml: there is no such file"],
    [["account", "add", "bob", "--role", "admin"], "this version has no accounts yet; it serves loopback only"],
  ])("%j ends with code 2 and one sentence", async (argv, sentence) => {
    expect(await run(...argv)).toEqual({ code: 2, stdout: "", stderr: `mauthserver: ${sentence}\n` });
  });

  it("ends with code 2 and one sentence for a wrong configuration", async () => {
    await writeFile(file, 'store = "memory:"\nlisten = "0.0.0.0:80"\n');
    const { code, stderr } = await run("serve", "--config", file);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^mauthserver: .*mauthserver\.toml: listen must be a loopback address .*\n$/);
  });

  it("ends with code 1 and one sentence when the port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await configure(port);
    const { code, stderr } = await run("serve", "--config", file);
    other.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `mauthserver: cannot listen on 127.0.0.1:${port}: another program listens there\n`,
    });
  });

  it("ends with code 1 and one sentence when the store or a key cannot be used", async () => {
    await writeFile(file, 'listen = "127.0.0.1:1"\nstore = "sqlite:/sys/none/mauth.db"\n');
    const store = await run("serve", "--config", file);
    expect(store).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^mauthserver: cannot use the database [^\n]*\n$/),
    });
    const mrouter = 'name = "m"\naddress = "127.0.0.1:9"\nprotocol = "v2"\nnetworks = ["192.0.2.0/24"]\nkey = "/none"';
    await configure(1, `[[mrouter]]\n${mrouter}\n`);
    const key = await run("serve", "--config", file);
    expect(key).toMatchObject({
      code: 1,
      stderr: "mauthserver: cannot use the key file /none: there is no such file\n",
    });
  });

  it("stops at a signal, and says goodbye to consoles", async () => {
    const port = await freePort();
    await configure(port);
    const child = await serve(port);
    const opened = await TestConsole.open(`ws://127.0.0.1:${port}/ws`);
    const closed = once(opened.socket, "close");
    const ended = once(child, "close");
    child.kill("SIGTERM");
    expect((await closed)[0]).toBe(1001);
    expect(await ended).toEqual([0, null]);
  });

  it("holds what it acknowledged over kill -9", async () => {
    const musersd = await new FakeMusersd().start();
    const port = await freePort();
    const mrouter = `name = "edge-1"\naddress = "${musersd.address}"\nnetworks = ["192.0.2.0/24"]`;
    await configure(port, `[[mrouter]]\n${mrouter}\n`);
    const child = await serve(port);
    const opened = await TestConsole.open(`ws://127.0.0.1:${port}/ws`);
    expect(await opened.call(0, "192.0.2.10", "233.252.0.1", 16)).toBe("ack");
    child.kill("SIGKILL");
    await once(child, "close");
    await musersd.reboot();
    await serve(port);
    await until(() => musersd.table.get("192.0.2.10>233.252.0.1") === 16, "in force again");
    const again = await TestConsole.open(`ws://127.0.0.1:${port}/ws`);
    expect(again.get("grant", "192.0.2.10>233.252.0.1")).toMatchObject({ maxTtl: 16 });
    await again.close();
    await musersd.stop();
  });

  it("serves on a Unix socket, also where a killed one left its own", async () => {
    const socketPath = path.join(folder, "http.sock");
    await writeFile(file, `listen = "unix:${socketPath}"\nstore = "memory:"\norigins = ["http://127.0.0.1:8080"]\n`);
    const first = await serve(0);
    first.kill("SIGKILL");
    await once(first, "close");
    await serve(0);
    const socket = connect(socketPath);
    socket.write("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n\r\n");
    let answer = "";
    for await (const chunk of socket.setEncoding("utf8")) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*ok\n/);
    const second = await run("serve", "--config", file);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("another program listens there") });
  });
});
