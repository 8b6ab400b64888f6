// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect as connectTls } from "node:tls";
import Database from "better-sqlite3";
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

/** The name in the certificate that is served. */
async function subjectAt(port: number): Promise<string | undefined> {
  const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return Array.isArray(CN) ? CN[0] : CN;
}

async function overTls(port: number, target: string, body: unknown): Promise<IncomingMessage> {
  const sent = request({
    host: "127.0.0.1",
    port,
    path: target,
    method: "POST",
    headers: { "Content-Type": "application/json" },
    rejectUnauthorized: false,
  });
  sent.end(JSON.stringify(body));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.resume();
  return response;
}

/** How the snapshot of a feed ended. */
function snapshotOf({ commands }: TestConsole): { log: string; revision: number } {
  const end = commands.findLast(({ entity }) => entity === "snapshot");
  return end?.entity === "snapshot" ? end.value : expect.fail("no snapshot");
}

function start(...argv: string[]): { child: ChildProcess; output: { stdout: string; stderr: string } } {
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: ["pipe", "pipe", "pipe"] });
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

describe("the command line", { timeout: 120_000 }, () => {
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
    expect(await run("--version")).toEqual({ code: 0, stdout: "mauthserver 0.1.0\n", stderr: "" });
  });

  it.each([
    [[], "no command: use serve, inspect, account, backup, restore, audit, --help or --version"],
    [["sreve"], 'unknown command "sreve": use serve, inspect, account, backup, restore, audit, --help or --version'],
    [["serve"], "serve needs --config FILE.toml"],
    [["serve", "a.toml"], 'serve takes options only, not "a.toml"'],
    [["serve", "--conf", "x"], "serve: Unknown option '--conf'"],
    [["serve", "--config"], "serve: Option '--config <value>' argument missing"],
    [["serve", "--config", "/none.toml"], "cannot read /none.toml: there is no such file"],
    [["backup"], "backup takes one file"],
    [["restore", "a", "b"], "restore takes one file"],
    [["audit"], "audit takes one word: verify"],
    [["audit", "verify", "--config", "/none.toml"], "cannot read /none.toml: there is no such file"],
    [["account"], "account needs add, list, password, unlock or remove"],
    [["account", "make"], 'account: unknown command "make": use add, list, password, unlock or remove'],
    [["account", "add"], "account add takes one name"],
    [["account", "list", "bob"], "account list takes no name"],
    [["account", "add", "bob"], "account add needs --role viewer, approver, operator, admin"],
    [["account", "add", "bob", "--role", "king"], "account add needs --role viewer, approver, operator, admin"],
    [["account", "list", "--config", "/none.toml"], "cannot read /none.toml: there is no such file"],
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

  async function account(input: string, ...argv: string[]): Promise<Result> {
    const { child, output } = start("account", ...argv, "--config", file);
    child.stdin?.end(input);
    const [code] = (await once(child, "close")) as [number | null];
    return { code, ...output };
  }

  it("makes, lists and removes accounts while the server runs and while it does not", async () => {
    const port = await freePort();
    await configure(port);
    expect(await account("correct horse\n", "add", "Alice", "--role", "admin")).toEqual({
      code: 0,
      stdout: "alice may log in as admin\n",
      stderr: "",
    });
    const child = await serve(port);
    expect((await fetch(`http://127.0.0.1:${port}/api/v1/grants`)).status).toBe(401);
    const more = ["--source", "192.0.2.0/24", "--group", "239.1.0.0/16"];
    expect(await account("correct horse\n", "add", "bob", "--role", "approver", ...more)).toMatchObject({ code: 0 });
    const login = async (name: string, password: string) =>
      (
        await fetch(`http://127.0.0.1:${port}/api/v1/login`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ name, password }),
        })
      ).status;
    expect(await login("bob", "correct horse")).toBe(200);
    expect(await account("another password\n", "password", "bob")).toMatchObject({ code: 0 });
    expect([await login("bob", "correct horse"), await login("bob", "another password")]).toEqual([401, 200]);
    expect((await account("", "list")).stdout).toMatch(
      /^alice\tadmin\tlast login never\nbob\tapprover\tlast login \S+Z\t192\.0\.2\.0\/24 239\.1\.0\.0\/16\n$/,
    );
    expect(await account("correct horse\n", "add", "bob", "--role", "viewer")).toEqual({
      code: 1,
      stdout: "",
      stderr: "mauthserver: there is an account bob already\n",
    });
    expect(await account("", "remove", "alice")).toMatchObject({
      code: 1,
      stderr: "mauthserver: this is the last admin: make another one first\n",
    });
    child.kill("SIGTERM");
    await once(child, "close");
    expect(await account("", "remove", "bob")).toMatchObject({ code: 0 });
    expect((await account("", "list")).stdout).toMatch(/^alice\t[^\n]*\n$/);
  });

  it.each([
    ["carol", "", "the password is read from standard input, and there is none"],
    ["carol", "short", "the request is not valid: password must have at least 8 characters"],
    ["caroline", "Caroline", "the password must not be the name"],
  ])("makes no account %s with the password %j", async (name, password, sentence) => {
    await configure(1);
    const { code, stderr } = await account(`${password}\n`, "add", name, "--role", "viewer");
    expect(stderr).toBe(`mauthserver: ${sentence}\n`);
    expect(code).toBeGreaterThan(0);
  });

  it("backs up and restores under a running server, whose mrouters obey it again", async () => {
    const musersd = await new FakeMusersd({ v2: true }).start();
    const port = await freePort();
    const mrouter = `name = "edge-1"\naddress = "${musersd.address}"\nprotocol = "v2"\nnetworks = ["192.0.2.0/24"]`;
    await configure(port, `[[mrouter]]\n${mrouter}\n`);
    const child = await serve(port);
    const opened = await TestConsole.open(`ws://127.0.0.1:${port}/ws`);
    expect(await opened.call(0, "192.0.2.10", "233.252.0.1", 16)).toBe("ack");
    const copy = path.join(folder, "backup.db");
    const configured = ["--config", file];
    expect(await run("backup", copy, ...configured)).toMatchObject({ code: 0, stderr: "" });
    expect(await run("backup", copy, ...configured)).toMatchObject({ code: 1 });
    expect(await opened.call(0, "192.0.2.10", "233.252.0.2", 16)).toBe("ack");
    expect(await opened.call(1, "192.0.2.10", "233.252.0.1")).toBe("ack");
    const before = snapshotOf(opened);
    const closed = once(opened.socket, "close");
    expect(await run("restore", copy, ...configured)).toMatchObject({ code: 0, stderr: "" });
    expect((await closed)[0]).toBe(1001);
    expect(child.exitCode).toBe(null);
    await until(() => [...musersd.table.keys()].join() === "192.0.2.10>233.252.0.1", "as in the backup", 20_000);
    const again = await TestConsole.open(`ws://127.0.0.1:${port}/ws`);
    expect(again.get("grant", "192.0.2.10>233.252.0.2")).toBe(undefined);
    expect(await again.call(0, "192.0.2.10", "233.252.0.3", 16)).toBe("ack");
    // The log has passed the revision of before, and says something else there.
    while (Math.max(...again.commands.map(({ rev }) => rev)) <= before.revision)
      expect(await again.call(0, "192.0.2.10", "233.252.0.3", 16 + again.commands.length)).toBe("ack");
    const resumedWith = async (log: string, rev: number) => {
      const back = await TestConsole.open(`ws://127.0.0.1:${port}/ws?log=${log}&rev=${rev}`);
      await back.close();
      return back.commands.some(({ entity }) => entity === "resumed");
    };
    expect(await resumedWith(before.log, before.revision)).toBe(false);
    expect(await resumedWith(snapshotOf(again).log, before.revision)).toBe(true);
    await again.close();
    expect(await run("audit", "verify", ...configured)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^the audit log is as it was written: \d+ lines, head [0-9a-f]{64}\n$/),
    });
    child.kill("SIGTERM");
    await once(child, "close");
    const database = new Database(path.join(folder, "mauth.db"));
    database.exec("UPDATE log SET actor = 'somebody else' WHERE kind = 'grant'");
    database.close();
    expect(await run("audit", "verify", ...configured)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^mauthserver: the audit log is not as it was written: revision \d+ was changed or is missing\n$/,
      ),
    });
    await musersd.stop();
  });

  it("serves TLS, and takes another certificate at SIGHUP", async () => {
    const port = await freePort();
    const folderOfTls = path.join(import.meta.dirname, "../test/tls");
    const [cert, key] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")];
    const install = async (name: string): Promise<void> => {
      await copyFile(path.join(folderOfTls, `${name}.key`), key);
      await copyFile(path.join(folderOfTls, `${name}.pem`), cert);
    };
    await install("first");
    await configure(port, `[tls]\ncert = "${cert}"\nkey = "${key}"\n`);
    const { child, output } = start("serve", "--config", file);
    children.push(child);
    await until(() => output.stdout.includes("mauthserver serves"), "it listens", 20_000);
    expect(await subjectAt(port)).toBe("first.example");
    await install("second");
    child.kill("SIGHUP");
    await until(() => output.stdout.includes("the certificate was read again"), "read again");
    expect(await subjectAt(port)).toBe("second.example");
    await writeFile(key, "nothing");
    child.kill("SIGHUP");
    await until(() => output.stdout.includes("the certificate of before is kept"), "kept");
    expect(await subjectAt(port)).toBe("second.example");
    const made = await overTls(port, "/api/v1/first-run", { name: "alice", password: "correct horse" });
    expect(made.headers["set-cookie"]?.[0]).toMatch(
      /^__Host-mauth=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    expect(made.headers["strict-transport-security"]).toBe("max-age=31536000");
  });

  it("ends with code 1 and one sentence when certificate and key do not belong together", async () => {
    const tls = path.join(import.meta.dirname, "../test/tls");
    await configure(1, `[tls]\ncert = "${tls}/first.pem"\nkey = "${tls}/second.key"\n`);
    const wrong = await run("serve", "--config", file);
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^mauthserver: cannot use the certificate [^\n]*\n$/),
    });
    await configure(1, `[tls]\ncert = "/none.pem"\nkey = "/none.key"\n`);
    expect(await run("serve", "--config", file)).toMatchObject({
      code: 1,
      stderr: "mauthserver: cannot read the certificate /none.pem: there is no such file\n",
    });
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
