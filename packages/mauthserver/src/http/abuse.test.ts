// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Me, NewToken } from "@mauth/protocol/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { FakeMusersd } from "../mrouters/testing/fake-musersd.ts";
import { freePort } from "../testing/free-port.ts";
import { until } from "../testing/until.ts";
import { LINES_BURST } from "../log.ts";
import { LOGINS_PER_MINUTE } from "./rate-limits.ts";

const MAIN = path.join(import.meta.dirname, "../main.ts");
const password = "correct horse";
const grant = { source: "192.0.2.10", group: "233.252.0.1", maxTtl: 16 };
const JSON_TYPE = { "Content-Type": "application/json" };

/** The world that every case meets: a real server with accounts, one grant, and one mrouter. */
interface World {
  readonly port: number;
  readonly admin: Record<string, string>;
  readonly viewer: Record<string, string>;
  readonly approver: Record<string, string>;
  readonly token: Record<string, string>;
  readonly csrf: string;
}

interface Case {
  readonly title: string;
  /** Statuses of the answers; 0 where the connection was closed instead. */
  readonly expected: readonly number[];
  readonly act: (world: World) => Promise<readonly number[]>;
}

let world: World;
let server: ChildProcess;
let musersd: FakeMusersd;
let folder: string;
let output = "";

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "mauth-abuse-"));
  musersd = await new FakeMusersd({ v2: true }).start();
  const port = await freePort();
  const file = path.join(folder, "mauthserver.toml");
  const mrouter = `name = "edge-1"\naddress = "${musersd.address}"\nprotocol = "v2"\nnetworks = ["192.0.2.0/24"]`;
  await writeFile(file, `listen = "127.0.0.1:${port}"\nstore = "sqlite:${folder}/m.db"\n[[mrouter]]\n${mrouter}\n`);
  server = spawn(process.execPath, [MAIN, "serve", "--config", file], { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [server.stdout, server.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  await until(() => output.includes("mauthserver serves"), "it listens", 20_000);
  world = await populate(port);
}, 40_000);

afterAll(async () => {
  if (server.exitCode === null && server.signalCode === null) {
    server.kill("SIGKILL");
    await once(server, "close");
  }
  await musersd.stop();
  await rm(folder, { recursive: true });
});

async function keep(response: Response): Promise<World["admin"] & { "X-CSRF-Token": string }> {
  const { csrfToken } = (await response.json()) as Me;
  return { Cookie: response.headers.getSetCookie()[0]?.split(";")[0] ?? "", "X-CSRF-Token": csrfToken };
}

async function populate(port: number): Promise<World> {
  const url = `http://127.0.0.1:${port}/api/v1`;
  const send = async (target: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}${target}`, { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) });
  const admin = await keep(await send("/first-run", { name: "alice", password }));
  const scope = { sources: ["192.0.2.0/28"], groups: ["233.252.0.0/28"] };
  for (const role of ["viewer", "approver"])
    await send("/accounts", { name: role, role, password, ...(role === "approver" && { scope }) }, admin);
  const viewer = await keep(await send("/login", { name: "viewer", password }));
  const approver = await keep(await send("/login", { name: "approver", password }));
  const input = { name: "nms", role: "operator", scope: { groups: ["233.252.0.0/28"] } };
  const { secret } = (await (await send("/tokens", input, admin)).json()) as NewToken;
  await send("/grants", grant, admin);
  return { port, admin, viewer, approver, token: { Authorization: `Bearer ${secret}` }, csrf: admin["X-CSRF-Token"] };
}

/** Sends bytes as they are, and returns the statuses of the answers until the connection ends; 0 for none. */
async function raw(port: number, ...chunks: readonly (string | Uint8Array)[]): Promise<number[]> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  for (const chunk of chunks) socket.write(chunk);
  return statusesOf(socket);
}

/** Sends a body that never ends, until the server ends the connection. */
async function pour({ port }: World, headers: Record<string, string>, expected: number): Promise<number[]> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => undefined);
  socket.write(head("POST", GRANTS, { ...JSON_TYPE, ...headers, "Transfer-Encoding": "chunked" }, port));
  const chunk = `1000\r\n${" ".repeat(0x1000)}\r\n`;
  const more = (): void => {
    if (socket.writable) socket.write(chunk, () => setImmediate(more));
  };
  more();
  // Who never stops writing may see the connection reset before the answer (RFC 9112 §9.6).
  return (await statusesOf(socket)).map((status) => status || expected);
}

async function statusesOf(socket: Socket): Promise<number[]> {
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
  socket.on("error", () => socket.destroy());
  await new Promise<void>((resolve) => (socket.closed ? resolve() : socket.once("close", () => resolve())));
  const statuses = Array.from(text.matchAll(/^HTTP\/1\.1 (\d{3})/gm), ([, status]) => Number(status));
  return statuses.length === 0 ? [0] : statuses;
}

function head(method: string, target: string, headers: Record<string, string>, port: number): string {
  const fields = { Host: `127.0.0.1:${port}`, Connection: "close", ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

/** One request with a body that is sent as it is. */
async function ask(
  { port }: World,
  method: string,
  target: string,
  { headers = {}, body = "" }: { headers?: Record<string, string>; body?: string | Uint8Array } = {},
): Promise<number[]> {
  const length = { "Content-Length": String(Buffer.byteLength(body)) };
  return raw(port, head(method, target, { ...length, ...headers }, port), body);
}

async function post(w: World, target: string, body: unknown, headers: Record<string, string>): Promise<number[]> {
  const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  return ask(w, "POST", target, { headers: { ...JSON_TYPE, ...headers }, body: text });
}

/** The status with which a WebSocket is refused, or its close code. */
async function socketEnd(
  { port }: World,
  query: string,
  headers: Record<string, string>,
  act: (socket: WebSocket) => void = () => undefined,
): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws${query}`, { headers });
  return new Promise((resolve) => {
    socket.on("error", () => undefined);
    socket.on("unexpected-response", (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on("open", () => act(socket));
    socket.on("close", (code) => resolve(code));
  });
}

const API = "/api/v1";
const GRANTS = `${API}/grants`;
const A_GRANT = `${GRANTS}/${encodeURIComponent("192.0.2.10>233.252.0.1")}`;
const EVIL = { Origin: "https://evil.example" };
const inAnHour = () => Date.now() + 3_600_000;

/** Texts that would do harm where they were taken for something else than text. */
const HOSTILE_TEXTS = [
  "'; DROP TABLE entity; --",
  '" OR 1=1 --',
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "{{7*7}} ${7*7} #{7*7}",
  "$(touch /tmp/owned) `id`",
  "../../../../etc/passwd",
  "=HYPERLINK(1)",
  "\u0000\u0001\u001b[31m",
  "\u202eevil\u2066",
  "x".repeat(500),
];

const CASES: readonly Case[] = [
  // Who asks.
  { title: "no cookie: read", expected: [401], act: async (w) => ask(w, "GET", GRANTS) },
  { title: "no cookie: permit", expected: [401], act: async (w) => post(w, GRANTS, grant, {}) },
  {
    title: "no cookie: a body without end is not even read",
    expected: [401],
    act: async (w) => pour(w, {}, 401),
  },
  { title: "no cookie: metrics", expected: [401], act: async (w) => ask(w, "GET", "/metrics") },
  {
    title: "a made-up cookie",
    expected: [401],
    act: async (w) =>
      ask(w, "GET", GRANTS, { headers: { Cookie: "mauth=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" } }),
  },
  {
    title: "a cookie of 8 KiB",
    expected: [401],
    act: async (w) => ask(w, "GET", GRANTS, { headers: { Cookie: `mauth=${"a".repeat(8192)}` } }),
  },
  {
    title: "a made-up token",
    expected: [401],
    act: async (w) => ask(w, "GET", GRANTS, { headers: { Authorization: `Bearer mauth_${"a".repeat(43)}` } }),
  },
  {
    title: "another scheme of authorization",
    expected: [401],
    act: async (w) => ask(w, "GET", GRANTS, { headers: { Authorization: "Basic YWxpY2U6Y29ycmVjdCBob3JzZQ==" } }),
  },
  {
    title: "cookie without CSRF token: permit",
    expected: [403],
    act: async (w) => post(w, GRANTS, grant, { Cookie: w.admin["Cookie"]! }),
  },
  {
    title: "the CSRF token of another login",
    expected: [403],
    act: async (w) => post(w, GRANTS, grant, { Cookie: w.admin["Cookie"]!, "X-CSRF-Token": w.viewer["X-CSRF-Token"]! }),
  },
  {
    title: "the first account again",
    expected: [409],
    act: async (w) => post(w, `${API}/first-run`, { name: "eve", password }, {}),
  },
  // From where.
  {
    title: "another origin: read",
    expected: [403],
    act: async (w) => ask(w, "GET", GRANTS, { headers: { ...w.admin, ...EVIL } }),
  },
  {
    title: "another origin: permit",
    expected: [403],
    act: async (w) => post(w, GRANTS, grant, { ...w.admin, ...EVIL }),
  },
  {
    title: "the origin null",
    expected: [403],
    act: async (w) => post(w, GRANTS, grant, { ...w.admin, Origin: "null" }),
  },
  {
    title: "our origin on another port",
    expected: [403],
    act: async (w) => post(w, GRANTS, grant, { ...w.admin, Origin: `http://127.0.0.1:${w.port + 1}` }),
  },
  {
    title: "DNS rebinding: another host",
    expected: [421],
    act: async (w) => raw(w.port, head("GET", GRANTS, { ...w.admin, Host: "evil.example" }, w.port)),
  },
  {
    title: "no host",
    expected: [400],
    act: async (w) => raw(w.port, `GET ${GRANTS} HTTP/1.1\r\nConnection: close\r\n\r\n`),
  },
  {
    title: "two hosts",
    expected: [421],
    act: async (w) =>
      raw(w.port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${w.port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`),
  },
  {
    title: "a form of another site",
    expected: [403, 415],
    act: async (w) => [
      ...(await post(w, GRANTS, "source=192.0.2.1", {
        ...w.admin,
        ...EVIL,
        "Content-Type": "application/x-www-form-urlencoded",
      })),
      ...(await post(w, GRANTS, "source=192.0.2.1", {
        ...w.admin,
        "Content-Type": "application/x-www-form-urlencoded",
      })),
    ],
  },
  {
    title: "JSON as text/plain, which no preflight guards",
    expected: [415],
    act: async (w) => post(w, GRANTS, grant, { ...w.admin, "Content-Type": "text/plain" }),
  },
  // What a role may do.
  {
    title: "a viewer permits",
    expected: [403],
    act: async (w) => post(w, GRANTS, { ...grant, expiresAt: inAnHour() }, w.viewer),
  },
  { title: "a viewer revokes", expected: [403], act: async (w) => ask(w, "DELETE", A_GRANT, { headers: w.viewer }) },
  {
    title: "a viewer reads accounts, tokens and the audit log",
    expected: [403, 403, 403],
    act: async (w) =>
      (
        await Promise.all(
          ["accounts", "tokens", "audit"].map(async (one) => ask(w, "GET", `${API}/${one}`, { headers: w.viewer })),
        )
      ).flat(),
  },
  {
    title: "a viewer makes itself an admin",
    expected: [403],
    act: async (w) =>
      ask(w, "PATCH", `${API}/accounts/viewer`, { headers: { ...JSON_TYPE, ...w.viewer }, body: '{"role":"admin"}' }),
  },
  {
    title: "a viewer makes a token",
    expected: [403],
    act: async (w) => post(w, `${API}/tokens`, { name: "x", role: "admin" }, w.viewer),
  },
  { title: "a viewer imports", expected: [403], act: async (w) => post(w, `${API}/import/plan`, [grant], w.viewer) },
  {
    title: "an approver permits for ever",
    expected: [403],
    act: async (w) => post(w, GRANTS, { ...grant, group: "233.252.0.2" }, w.approver),
  },
  {
    title: "an approver permits out of its scope",
    expected: [403, 403, 403],
    act: async (w) => {
      const expiresAt = inAnHour();
      const wishes = [{ source: "192.0.2.200" }, { group: "233.252.0.99" }, { source: "0.0.0.0" }];
      return (
        await Promise.all(wishes.map(async (one) => post(w, GRANTS, { ...grant, ...one, expiresAt }, w.approver)))
      ).flat();
    },
  },
  {
    title: "an approver revokes another's grant",
    expected: [403],
    act: async (w) => ask(w, "DELETE", A_GRANT, { headers: w.approver }),
  },
  {
    title: "an approver replaces another's grant",
    expected: [403],
    act: async (w) => post(w, GRANTS, { ...grant, expiresAt: inAnHour() }, w.approver),
  },
  {
    title: "a token out of its scope",
    expected: [403, 403],
    act: async (w) => [
      ...(await post(w, GRANTS, { ...grant, group: "233.252.0.99" }, w.token)),
      ...(await post(w, GRANTS, { ...grant, group: "233.252.0.0/24" }, w.token)),
    ],
  },
  {
    title: "a token makes accounts",
    expected: [403],
    act: async (w) => post(w, `${API}/accounts`, { name: "x", role: "admin", password }, w.token),
  },
  {
    title: "the last admin removes itself",
    expected: [409],
    act: async (w) => ask(w, "DELETE", `${API}/accounts/alice`, { headers: w.admin }),
  },
  // Bodies.
  {
    title: "a body of 2 MiB",
    expected: [413],
    act: async (w) => post(w, GRANTS, `"${"x".repeat(2 * 1024 * 1024)}"`, w.admin),
  },
  {
    title: "an announced body of 1 TiB",
    expected: [413],
    act: async (w) =>
      raw(w.port, head("POST", GRANTS, { ...JSON_TYPE, ...w.admin, "Content-Length": String(2 ** 40) }, w.port), "{"),
  },
  {
    title: "a body without end, in chunks",
    expected: [413],
    act: async (w) => pour(w, w.admin, 413),
  },
  {
    title: "a compressed bomb",
    expected: [415],
    act: async (w) => post(w, GRANTS, "not gzip", { ...w.admin, "Content-Encoding": "gzip" }),
  },
  {
    title: "no JSON, half of it, and none at all",
    expected: [400, 400, 422],
    act: async (w) =>
      [
        await post(w, GRANTS, "{]", w.admin),
        await post(w, GRANTS, '{"source":', w.admin),
        await post(w, GRANTS, "{}", w.admin),
      ].flat(),
  },
  {
    title: "JSON 60,000 levels deep, ended and not ended",
    expected: [400, 200],
    act: async (w) => [
      ...(await post(w, `${API}/import/plan`, "[".repeat(60_000), w.admin)),
      ...(await post(w, `${API}/import/plan`, "[".repeat(60_000) + "]".repeat(60_000), w.admin)),
    ],
  },
  {
    title: "a body that is no UTF-8",
    expected: [400],
    act: async (w) =>
      post(
        w,
        GRANTS,
        Buffer.concat([Buffer.from('{"reason":"'), Buffer.of(0xc0, 0xaf, 0xff), Buffer.from('"}')]),
        w.admin,
      ),
  },
  {
    title: "another charset",
    expected: [415],
    act: async (w) => post(w, GRANTS, "{}", { ...w.admin, "Content-Type": "application/json; charset=utf-7" }),
  },
  {
    title: "prototype pollution",
    expected: [422, 422],
    act: async (w) => [
      ...(await post(w, GRANTS, '{"__proto__":{"role":"admin"},"constructor":{"prototype":{"x":1}}}', w.admin)),
      ...(await post(
        w,
        GRANTS,
        `{"source":"192.0.2.10","group":"233.252.0.1","maxTtl":16,"__proto__":{"x":1}}`,
        w.admin,
      )),
    ],
  },
  {
    title: "duplicate keys: the last one counts, and is checked",
    expected: [422],
    act: async (w) =>
      post(w, GRANTS, '{"source":"192.0.2.10","group":"233.252.0.1","maxTtl":16,"maxTtl":999}', w.admin),
  },
  {
    title: "keys that there are not",
    expected: [422],
    act: async (w) => post(w, GRANTS, { ...grant, permittedBy: "alice", enforcement: [] }, w.admin),
  },
  {
    title: "numbers that are none",
    expected: [422, 422, 422, 422],
    act: async (w) =>
      (
        await Promise.all([1e308, -1, 1.5, "16"].map(async (maxTtl) => post(w, GRANTS, { ...grant, maxTtl }, w.admin)))
      ).flat(),
  },
  {
    title: "1001 decisions in one request",
    expected: [422],
    act: async (w) => post(w, `${GRANTS}/bulk`, { revoke: Array.from({ length: 1001 }, () => "x") }, w.admin),
  },
  // Texts that mean something elsewhere.
  {
    title: "SQL and script in the reason of a grant: kept as text",
    expected: HOSTILE_TEXTS.map(() => 201),
    act: async (w) => {
      const statuses: number[] = [];
      for (const reason of HOSTILE_TEXTS)
        statuses.push(...(await post(w, GRANTS, { ...grant, group: "233.252.0.3", reason }, w.admin)));
      return statuses;
    },
  },
  {
    title: "SQL and script as names of accounts and mrouters",
    expected: HOSTILE_TEXTS.flatMap(() => [422, 422]),
    act: async (w) => {
      const statuses: number[] = [];
      const mrouter = { address: "127.0.0.1:9", protocol: "v2", networks: ["198.51.100.0/24"] };
      for (const name of HOSTILE_TEXTS) {
        statuses.push(...(await post(w, `${API}/accounts`, { name, role: "viewer", password }, w.admin)));
        statuses.push(...(await post(w, `${API}/mrouters`, { ...mrouter, name }, w.admin)));
      }
      return statuses;
    },
  },
  {
    title: "SQL and script in filters and searches",
    expected: HOSTILE_TEXTS.flatMap(({ length }) => (length > 200 ? [422, 422] : [200, 200])),
    act: async (w) => {
      const statuses: number[] = [];
      for (const text of HOSTILE_TEXTS)
        for (const target of [`${API}/sessions?q=`, `${API}/audit?key=`])
          statuses.push(...(await ask(w, "GET", target + encodeURIComponent(text), { headers: w.admin })));
      return statuses;
    },
  },
  {
    title: "SQL as a cursor",
    expected: [200],
    act: async (w) =>
      ask(w, "GET", `${GRANTS}?cursor=${Buffer.from("' OR 1=1 --").toString("base64url")}`, { headers: w.admin }),
  },
  {
    title: "a login with SQL and script as name and password",
    expected: [401, 401],
    act: async (w) =>
      (
        await Promise.all(
          ["' OR '1'='1", "<script>"].map(async (name) => post(w, `${API}/login`, { name, password: name }, {})),
        )
      ).flat(),
  },
  // Heads and paths.
  {
    title: "a path out of the console, in many spellings",
    expected: Array.from({ length: 6 }, () => 0),
    act: async (w) => {
      const tricks = [
        "/../../../../etc/passwd",
        "/..%2f..%2f..%2fetc/passwd",
        "/assets/..%5c..%5c",
        "/%00",
        "//etc/passwd",
        "/assets/%2e%2e/%2e%2e/package.json",
      ];
      const leaks = tricks.map(async (trick) => {
        const socket = connect(w.port, "127.0.0.1");
        await once(socket, "connect");
        socket.end(head("GET", trick, {}, w.port));
        let text = "";
        for await (const chunk of socket.setEncoding("latin1")) text += String(chunk);
        return Number(text.includes("root:") || text.includes('"dependencies"') || / 50[0-2] /.test(text.slice(0, 20)));
      });
      return Promise.all(leaks);
    },
  },
  {
    title: "path tricks around a route",
    expected: [404, 404, 400, 404],
    act: async (w) =>
      (
        await Promise.all(
          ["/grants/../accounts", "/GRANTS/%2e%2e/accounts", "/grants/%ff", "/accounts;role=admin"].map(async (one) =>
            ask(w, "GET", API + one, { headers: w.viewer }),
          ),
        )
      ).flat(),
  },
  {
    title: "header injection through a path",
    expected: [404],
    act: async (w) => ask(w, "GET", `${GRANTS}/x%0d%0aSet-Cookie:%20mauth=evil`, { headers: w.admin }),
  },
  {
    title: "header injection with a line feed",
    expected: [400],
    act: async (w) => raw(w.port, `GET ${GRANTS} HTTP/1.1\r\nHost: 127.0.0.1:${w.port}\nX-Evil\r\n\r\n`),
  },
  {
    title: "two lengths, and a length beside chunks (request smuggling)",
    expected: [400, 400],
    act: async (w) => [
      ...(await raw(
        w.port,
        `POST ${GRANTS} HTTP/1.1\r\nHost: 127.0.0.1:${w.port}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
      )),
      ...(await raw(
        w.port,
        `POST ${GRANTS} HTTP/1.1\r\nHost: 127.0.0.1:${w.port}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      )),
    ],
  },
  {
    title: "a head of 64 KiB",
    expected: [431],
    // What the server does not read may take the answer away with it (RFC 9112 §9.6).
    act: async (w) =>
      (await raw(w.port, head("GET", GRANTS, { "X-Long": "x".repeat(65_536) }, w.port))).map((status) => status || 431),
  },
  {
    title: "methods that there are not",
    expected: [405, 405, 405, 405],
    act: async (w) =>
      (
        await Promise.all(
          ["PUT", "OPTIONS", "TRACE", "PROPFIND"].map(async (method) => ask(w, method, GRANTS, { headers: w.admin })),
        )
      ).flat(),
  },
  {
    title: "another protocol on the port",
    expected: [400],
    act: async (w) => raw(w.port, Buffer.of(0x16, 0x03, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3), "\r\n\r\n"),
  },
  // Push feed.
  { title: "WebSocket without a login", expected: [401], act: async (w) => [await socketEnd(w, "", {})] },
  {
    title: "WebSocket of another origin, with the cookie that a browser would send",
    expected: [403],
    act: async (w) => [await socketEnd(w, `?csrf=${w.csrf}`, { Cookie: w.admin["Cookie"]!, ...EVIL })],
  },
  {
    title: "WebSocket with a cookie alone",
    expected: [403],
    act: async (w) => [await socketEnd(w, "", { Cookie: w.admin["Cookie"]! })],
  },
  {
    title: "WebSocket of another host",
    expected: [421],
    act: async (w) => [await socketEnd(w, `?csrf=${w.csrf}`, { Cookie: w.admin["Cookie"]!, Host: "evil.example" })],
  },
  {
    title: "WebSocket frame of 1 MiB",
    expected: [1009],
    act: async (w) => [
      await socketEnd(w, `?csrf=${w.csrf}`, { Cookie: w.admin["Cookie"]! }, (socket) =>
        socket.send(Buffer.alloc(1024 * 1024)),
      ),
    ],
  },
  {
    title: "WebSocket flooded with frames that are no requests",
    expected: [1008],
    act: async (w) => [
      await socketEnd(w, `?csrf=${w.csrf}`, { Cookie: w.admin["Cookie"]! }, (socket) => {
        for (let count = 0; count < 30_000; count++) socket.send("junk");
      }),
    ],
  },
  {
    title: "WebSocket refused again and again, which would fill the disk with lines of the log",
    expected: [LINES_BURST],
    async act(w) {
      for (let count = 0; count < 3 * LINES_BURST; count++) expect(await socketEnd(w, "", {})).toBe(401);
      server.kill("SIGHUP");
      await until(() => output.includes("the certificate was read again"), "a line after all of those");
      const written = output.split("refused a WebSocket").length - 1;
      // One more each 5 s, however long this takes.
      return [written < 2 * LINES_BURST ? Math.min(written, LINES_BURST) : written];
    },
  },
  {
    title: "WebSocket elsewhere",
    expected: [404],
    act: async (w) => [await socketEnd({ ...w }, "/../admin", { Cookie: w.admin["Cookie"]! })],
  },
  // Floods.
  {
    title: "slowloris: 200 connections that never finish their head do not keep others out",
    expected: [200],
    act: async (w) => {
      const slow = await Promise.all(
        Array.from({ length: 200 }, async () => {
          const socket = connect(w.port, "127.0.0.1");
          socket.on("error", () => undefined);
          await once(socket, "connect");
          socket.write("GET / HTTP/1.1\r\nHost: x\r\nX-Slow:");
          return socket;
        }),
      );
      const answered = await ask(w, "GET", GRANTS, { headers: w.admin });
      for (const socket of slow) socket.destroy();
      return answered;
    },
  },
  {
    title: "wrong passwords lock the account, and then the address has to wait",
    expected: [401, 401, 401, 401, 401, 429, 429],
    async act(w) {
      const statuses: number[] = [];
      for (let count = 0; count < 7; count++)
        statuses.push(...(await post(w, `${API}/login`, { name: "viewer", password: `wrong ${count}` }, {})));
      return statuses;
    },
  },
  {
    title: "more logins a minute than one address may try",
    expected: [429],
    async act(w) {
      let last: number[] = [];
      for (let count = 0; count <= LOGINS_PER_MINUTE; count++)
        last = await post(w, `${API}/login`, { name: `nobody-${count}`, password: "x" }, {});
      return last;
    },
  },
];

describe("abuse", () => {
  it("is tried in more than forty ways", () => {
    expect(CASES.length).toBeGreaterThanOrEqual(40);
  });

  it.each(CASES)("$title: refused or harmless", { timeout: 30_000 }, async ({ act, expected }) => {
    expect(await act(world)).toEqual(expected);
    const alive = await fetch(`http://127.0.0.1:${world.port}/healthz`);
    expect(await alive.text()).toBe("ok\n");
    expect(server.exitCode).toBe(null);
    expect(musersd.table.get("192.0.2.10>233.252.0.1"), "the grant that was there is in force as it was").toBe(16);
  });

  it("left nothing behind but what was asked for", async () => {
    expect((await list("grants")).map(({ id }) => id)).toEqual(["192.0.2.10>233.252.0.1", "192.0.2.10>233.252.0.3"]);
    expect((await list("grants"))[1]?.reason).toBe(HOSTILE_TEXTS.at(-1));
    expect((await list("accounts")).map(({ id }) => id)).toEqual(["alice", "approver", "viewer"]);
    expect((await list("tokens")).length).toBe(1);
    expect([...musersd.table.keys()].sort()).toEqual(["192.0.2.10>233.252.0.1", "192.0.2.10>233.252.0.3"]);
    expect(output).not.toContain(password);
    expect(output).not.toContain("internal error");
    expect(output).not.toContain("a request failed");
  });
});

async function list(name: string): Promise<{ id: string; reason?: string }[]> {
  const answer = await fetch(`http://127.0.0.1:${world.port}${API}/${name}`, { headers: world.admin });
  return ((await answer.json()) as { items: { id: string; reason?: string }[] }).items;
}
