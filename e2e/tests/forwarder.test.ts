// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { run } from "../lab/run.ts";
import { BIN } from "../lab/services.ts";
import { until } from "../lab/until.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const NGINX = path.join(ROOT, ".cache/daemons/nginx/usr/sbin/nginx");
const account = { name: "alice", password: "correct horse" };
/** An address that no client of this test has. */
const FORGED = "198.51.100.9";
const READY_MS = 30_000;

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** What the manual tells people to write, at other places. */
function siteOf({ port, folder }: { port: number; folder: string }): string {
  const manual = readFileSync(path.join(ROOT, "docs/deploy.md"), "utf8");
  const site = /^```nginx\n([\s\S]*?)^```$/m.exec(manual)?.[1] ?? "";
  return site
    .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
    .replaceAll("/etc/mauth/", `${folder}/`)
    .replace("/run/mauth/http.sock", `${folder}/http.sock`);
}

describe.skipIf(!existsSync(NGINX))("mauthserver behind nginx as the manual sets it up", () => {
  let folder: string;
  let port: number;
  let output = "";
  let server: ChildProcess;
  let nginx: ChildProcess;
  let cookie = "";
  let csrf = "";

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "mauth-forwarder-"));
    port = await freePort();
    await makeCertificate(folder);
    server = start(`${BIN}/mauthserver`, "serve", "--config", await configure());
    await until(() => output.includes("mauthserver serves"), {
      what: "mauthserver to serve",
      deadlineMs: READY_MS,
      instead: () => output,
    });
    // nginx drops its privileges, so that the rights of the socket count.
    await chmod(folder, 0o755);
    await run("chown", ["root:www-data", `${folder}/http.sock`]);
    nginx = start(NGINX, "-p", folder, "-e", "stderr", "-c", await configureNginx());
    await until(async () => (await ask("GET", "/healthz").catch(() => undefined))?.status === 200, {
      what: "nginx to pass requests on",
      deadlineMs: READY_MS,
      instead: () => output,
    });
  });

  afterAll(async () => {
    for (const child of [nginx, server])
      if (child?.exitCode === null && child.kill("SIGTERM")) await once(child, "close");
    await rm(folder, { recursive: true, force: true });
  });

  function start(command: string, ...args: string[]): ChildProcess {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    return child;
  }

  async function configure(): Promise<string> {
    const file = `${folder}/mauthserver.toml`;
    const lines = [
      `listen = "unix:${folder}/http.sock"`,
      `origins = ["https://127.0.0.1:${port}"]`,
      'store = "memory:"',
    ];
    // The address of a test is one of loopback, where a login would not be needed.
    await writeFile(file, [...lines, "[accounts]", "required = true", ""].join("\n"));
    return file;
  }

  async function configureNginx(): Promise<string> {
    const file = `${folder}/nginx.conf`;
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${folder}/tmp-${name};`,
    );
    await writeFile(
      file,
      `daemon off; user www-data; pid ${folder}/nginx.pid; worker_processes 1; error_log stderr warn;
       events { worker_connections 256; }
       http { access_log off; ${temporary.join(" ")}
       ${siteOf({ port, folder })} }\n`,
    );
    return file;
  }

  /** Asks nginx; the certificate is of this test. */
  async function ask(
    method: string,
    target: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const json =
      body === undefined ? {} : { "Content-Type": "application/json", "Content-Length": String(text.length) };
    const login = cookie === "" ? {} : { Cookie: cookie, "X-CSRF-Token": csrf };
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path: target, method, rejectUnauthorized: false };
      const sent = request({ ...options, headers: { ...json, ...login, ...headers } }, (response) => {
        let answer = "";
        response.setEncoding("utf8").on("data", (piece: string) => (answer += piece));
        response.on("end", () =>
          resolve({ status: response.statusCode, headers: response.headers, body: parsed(answer) }),
        );
      });
      sent.on("error", reject).end(text);
    });
  }

  /** The status with which a WebSocket is refused, or "open". */
  function socket(query: string, headers: Record<string, string>): Promise<number | string> {
    const opened = new WebSocket(`wss://127.0.0.1:${port}/ws${query}`, { headers, rejectUnauthorized: false });
    return new Promise((resolve, reject) => {
      opened.on("message", () => {
        opened.terminate();
        resolve("open");
      });
      opened.on("unexpected-response", (asked, response) => {
        asked.destroy();
        resolve(response.statusCode ?? 0);
      });
      opened.on("error", reject);
    });
  }

  it("lets its socket be opened by its user and group alone", () => {
    expect(statSync(`${folder}/http.sock`).mode & 0o777).toBe(0o660);
  });

  it("makes the first account with the code of the log alone, and gives a cookie that browsers keep to this host", async () => {
    expect((await ask("GET", "/api/v1/grants")).status).toBe(401);
    expect((await ask("POST", "/api/v1/first-run", account)).status).toBe(403);
    const code = /"code":"([0-9a-f]{20})"/.exec(output)?.[1] ?? "";
    const made = await ask("POST", "/api/v1/first-run", { ...account, code });
    expect(made.status).toBe(201);
    const [set = ""] = made.headers["set-cookie"] ?? [];
    expect(set).toMatch(/^__Host-mauth=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    expect(made.headers["strict-transport-security"]).toBe("max-age=31536000");
    cookie = set.split(";")[0] ?? "";
    csrf = String(made.body["csrfToken"]);
    expect((await ask("GET", "/api/v1/me")).body).toMatchObject({ name: "alice", role: "admin" });
  });

  it("refuses other hosts and origins through the proxy as well", async () => {
    const origin = { Origin: "https://evil.example" };
    expect((await ask("GET", "/api/v1/me", undefined, { Host: "evil.example" })).status).toBe(421);
    expect((await ask("PUT", "/api/v1/settings", { deletionPolicy: "keep" }, origin)).status).toBe(403);
    const own = { Origin: `https://127.0.0.1:${port}` };
    expect((await ask("PUT", "/api/v1/settings", { deletionPolicy: "keep" }, own)).status).toBe(200);
  });

  it("opens the push feed for our own page alone", async () => {
    const own = { Cookie: cookie, Origin: `https://127.0.0.1:${port}` };
    expect(await socket(`?csrf=${csrf}`, own)).toBe("open");
    expect(await socket("", own)).toBe(403);
    expect(await socket(`?csrf=${csrf}`, { ...own, Origin: "https://evil.example" })).toBe(403);
    expect(await socket(`?csrf=${csrf}`, { Origin: own.Origin })).toBe(401);
  });

  it("notes the address that the proxy saw, whatever the client says about it", async () => {
    const claims = [FORGED, `${FORGED}, ${FORGED}`, `${FORGED},`, `"${FORGED}"`, `for=${FORGED}`];
    for (const claim of claims)
      for (const name of ["X-Forwarded-For", "x-forwarded-for", "X-Real-IP", "Forwarded"])
        expect(
          (await ask("PUT", "/api/v1/settings", { deletionPolicy: "keep", reason: claim }, { [name]: claim })).status,
        ).toBe(200);
    const { items } = (await ask("GET", "/api/v1/audit?limit=1000")).body as { items: { from: string | null }[] };
    expect(items.length).toBeGreaterThan(claims.length * 4);
    expect(new Set(items.map(({ from }) => from))).toEqual(new Set(["127.0.0.1"]));
  });

  it("passes an import of 4 MiB on, and refuses more", async () => {
    expect((await ask("POST", "/api/v1/import/plan", grants(9000))).status).toBe(200);
    expect((await ask("POST", "/api/v1/import/plan", grants(11_000))).status).toBe(413);
  });

  it("limits the logins of an address by what the proxy saw", async () => {
    let status: number | undefined;
    for (let count = 0; count < 30 && status !== 429; count++) {
      const forged = { "X-Forwarded-For": `203.0.113.${count}`, Cookie: "" };
      status = (await ask("POST", "/api/v1/login", { name: `nobody-${count}`, password: "x" }, forged)).status;
    }
    expect(status).toBe(429);
  });
});

/** Grants of about 435 bytes. */
function grants(count: number): object[] {
  return Array.from({ length: count }, (_, at) => ({ source: `192.0.2.${at % 250}`, reason: "x".repeat(400) }));
}

async function makeCertificate(folder: string): Promise<void> {
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  await run("openssl", ["req", "-x509", ...kind, ...files, ...subject]);
}

function parsed(text: string): Record<string, unknown> {
  return text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {};
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
