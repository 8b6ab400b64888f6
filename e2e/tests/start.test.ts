// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConsoleClient } from "../lab/console.ts";
import { ANNOUNCED } from "../lab/services.ts";
import { ADDRESS } from "../lab/topology.ts";
import { until } from "../lab/until.ts";
import { traces } from "./support/traces.ts";

const START = join(import.meta.dirname, "../lab/start.ts");
/** Building the console and hearing the announcer take their time on a busy machine. */
const STARTED_MS = 60_000;

interface Run {
  readonly child: ChildProcess;
  output(): string;
  /** Settles with the exit code. */
  readonly ended: Promise<number | null>;
}

/** Runs what `npm start` runs, on a port of its own. */
function start(port: string, wrapper: readonly string[] = []): Run {
  const child = spawn("env", [...wrapper, process.execPath, START], { env: { ...process.env, MAUTH_PORT: port } });
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output += text.toString()));
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { child, output: () => output, ended };
}

function prints(run: Run, text: string | RegExp, deadlineMs = 10_000): Promise<boolean> {
  const what = `npm start to print ${String(text)}`;
  return until(() => run.output().match(text) !== null, { what, deadlineMs, instead: () => run.output() });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

describe("npm start", () => {
  it("says what to open, shows the packets after the permit, and leaves nothing behind after Ctrl-C", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const run = start(String(port));
    await prints(run, `Open ${url}`, STARTED_MS);
    expect(await (await fetch(url)).text()).toContain("<title>");
    await prints(run, "receiver: 0 packets/s");
    const console = await ConsoleClient.connect(url);
    expect(await console.permit(ADDRESS.permitted, ANNOUNCED.group, ANNOUNCED.ttl)).toBe("ack");
    await prints(run, /receiver: \d+ packets\/s from 192\.0\.2\.11 to 233\.252\.0\.10\n/);
    await console.close();

    const second = start(String(port));
    expect(await second.ended).toBe(1);
    expect(second.output()).toBe(
      `start: the lab "start${port}" is already running, started by process ${run.child.pid}\n`,
    );

    run.child.kill("SIGINT");
    expect(await run.ended).toBe(130);
    expect(run.output()).toMatch(/233\.252\.0\.10\n\nstopping\n$/);
    expect(await traces(`start${port}`)).toEqual([]);
  });

  it("says in one sentence that the port is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const run = start(String(port));
    expect(await run.ended).toBe(1);
    expect(run.output()).toBe(
      `start: port ${port} of 127.0.0.1 is taken: stop what uses it, or choose another with MAUTH_PORT=…\n`,
    );
    expect(await traces(`start${port}`)).toEqual([]);
    server.close();
  });

  it.each(["abc", "0", "65536", "-1", ""])("says in one sentence that MAUTH_PORT=%s is no port", async (port) => {
    const run = start(port);
    expect(await run.ended).toBe(1);
    expect(run.output()).toBe(`start: MAUTH_PORT is "${port}"; it must be 1 to 65535\n`);
  });

  it("says in one sentence that it needs root", async () => {
    const run = start("18080", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
    expect(await run.ended).toBe(1);
    expect(run.output()).toBe("start: the lab makes network namespaces, which needs root\n");
  });
});
