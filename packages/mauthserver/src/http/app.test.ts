// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { Admission } from "../push/admission.ts";
import { Board } from "../push/board.ts";
import { silentAnnouncing } from "../testing/silent-announcing.ts";
import { silentParts } from "../testing/silent-parts.ts";
import { apiRoutes } from "./api.ts";
import { createApp } from "./app.ts";
import { MemoryStore } from "../store/memory.ts";
import { Idempotency } from "./idempotency.ts";
import { RequestMeter } from "./request-meter.ts";
import { createRegistry, exposeCounter, labelled } from "./metrics.ts";

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

describe("HTTP", () => {
  let folder: string;
  let board: Board;
  let http: Server;
  let port: number;
  let trouble: string | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "mauth-http-"));
    await writeFile(path.join(folder, "secret.txt"), "secret");
    board = new Board();
    trouble = undefined;
    http = createServer().listen(0, "127.0.0.1");
    await once(http, "listening");
    port = (http.address() as AddressInfo).port;
    const metrics = createRegistry();
    const options = { name: "mauth_test_total", help: "Test.", labels: ["event"] };
    exposeCounter(metrics, options, () => labelled("event", { refusedHost: 3, "too-long": 4, name: "no number" }));
    const admission = new Admission([`http://127.0.0.1:${port}`]);
    const consoleFolder = path.join(folder, "dist");
    const parts = { ...(await silentParts()), board, announcing: silentAnnouncing(board) };
    http.on(
      "request",
      createApp({
        ...parts,
        logId: "log1",
        routes: apiRoutes(parts),
        requests: new RequestMeter(),
        idempotency: new Idempotency(systemClock, new MemoryStore()),
        admission,
        metrics,
        consoleFolder,
        health: () => trouble,
      }),
    );
  });
  afterEach(async () => {
    http.close();
    http.closeAllConnections();
    await rm(folder, { recursive: true });
  });

  async function build(): Promise<void> {
    await mkdir(path.join(folder, "dist/assets"), { recursive: true });
    await writeFile(path.join(folder, "dist/index.html"), "<title>the console</title>");
    await writeFile(path.join(folder, "dist/assets/index-abc.js"), "export {};");
  }

  /** A raw request, whose path no client tidies up. */
  async function get(
    target: string,
    options: { method?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const sent = request({ host: "127.0.0.1", port, path: target, agent: false, ...options }).end();
    const [response] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += chunk;
    return { status: response.statusCode, headers: response.headers, text };
  }

  it("serves the built console, and its index for every page of it", async () => {
    await build();
    for (const page of ["/", "/sessions", "/grants?search=x"])
      expect(await get(page)).toMatchObject({ status: 200, text: "<title>the console</title>" });
    const script = await get("/assets/index-abc.js");
    expect(script.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(script.headers["content-type"]).toContain("javascript");
    expect((await get("/")).headers["cache-control"]).toBe("no-cache");
  });

  it("says that an asset does not exist instead of giving the index for a script", async () => {
    await build();
    expect((await get("/assets/old.js")).status).toBe(404);
  });

  it("says how to build the console when it is not built", async () => {
    const answer = await get("/");
    expect(answer.status).toBe(503);
    expect(answer.text).toContain("npm run build");
  });

  it.each([
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
    "/..%5csecret.txt",
    "/%00",
    "/%ff",
    "//secret.txt",
  ])("gives nothing from outside the console for %s", async (target) => {
    await build();
    const answer = await get(target);
    expect(answer.text).not.toContain("secret");
    expect(answer.status).toBeLessThan(500);
  });

  it("forbids scripts and frames from anywhere else on every answer", async () => {
    await build();
    for (const target of ["/", "/healthz", "/api/v1/grants", "/nowhere/x", "/assets/none.js"]) {
      const { headers } = await get(target);
      const policy = String(headers["content-security-policy"]).split("; ");
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["x-powered-by"]).toBe(undefined);
    }
  });

  it("lets no inline style count but those of the page, each page with a nonce of its own", async () => {
    await build();
    await writeFile(path.join(folder, "dist/index.html"), '<meta name="csp-nonce" content="{{CSP_NONCE}}">');
    const nonces = await Promise.all(
      ["/", "/grants"].map(async (page) => {
        const { headers, text } = await get(page);
        const nonce = /content="([A-Za-z0-9+/]{22}==)"/.exec(text)?.[1];
        expect(headers["content-security-policy"]).toContain(`style-src 'self' 'nonce-${nonce}';`);
        expect(headers["content-security-policy"]).toContain("require-trusted-types-for 'script'");
        return nonce;
      }),
    );
    expect(new Set(nonces).size).toBe(2);
    expect((await get("/healthz")).headers["content-security-policy"]).toContain("style-src 'self';");
  });

  it.each([
    ["another host", { Host: "evil.example" }, 421],
    ["another origin", { Origin: "https://evil.example" }, 403],
  ])("refuses a request of %s", async (_, headers, status) => {
    await build();
    for (const target of ["/", "/api/v1/sessions", "/metrics", "/healthz"])
      expect((await get(target, { headers })).status).toBe(status);
  });

  it.each([
    ["another origin", { Origin: "https://evil.example" }, 403],
    ["another host", { Host: "evil.example" }, 421],
  ])("begins, changes and ends no announcement for %s", async (_, headers, status) => {
    for (const method of ["POST", "PUT", "DELETE"])
      expect((await get("/api/v1/announcements/x", { method, headers })).status).toBe(status);
  });

  it("lists what consoles see", async () => {
    board.add(
      "sender",
      { ...counts(), id: "a", mrouter: "m", source: "192.0.2.1", group: "233.252.0.1", maxTtl: 16 },
      9,
    );
    expect(JSON.parse((await get("/api/v1/senders")).text)).toMatchObject({
      rev: 9,
      items: [{ id: "a" }],
      next: null,
    });
    for (const list of ["sessions", "grants", "mrouters", "denied"])
      expect(JSON.parse((await get(`/api/v1/${list}`)).text)).toEqual({ items: [], next: null, rev: 9 });
  });

  it("changes nothing over HTTP yet", async () => {
    await build();
    for (const method of ["POST", "PUT", "PATCH", "DELETE"])
      for (const target of ["/api/v1/grants", "/", "/healthz"])
        expect((await get(target, { method })).status).toBeGreaterThanOrEqual(404);
    expect((await get("/api/v1/none")).headers["content-type"]).toContain("application/problem+json");
  });

  it("tells whether it is well", async () => {
    expect(await get("/healthz")).toMatchObject({ status: 200, text: "ok\n" });
    trouble = "the log cannot be followed";
    expect(await get("/healthz")).toMatchObject({ status: 503, text: "the log cannot be followed\n" });
  });

  it("counts in the words of Prometheus", async () => {
    const { text } = await get("/metrics");
    expect(text).toContain('mauth_test_total{event="refused_host"} 3\nmauth_test_total{event="too_long"} 4\n');
    expect(text).not.toContain("no number");
    expect((await get("/metrics")).text).toContain('mauth_test_total{event="refused_host"} 3\n');
  });
});

function counts() {
  return { packets: 0, bytes: 0, refusedPackets: 0, lastAt: null };
}
