// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener, Server as HttpServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Server as HttpsServer } from "node:https";
import { createSecureContext } from "node:tls";
import type { TlsConfig } from "../config.ts";
import { StartError } from "../errors.ts";

/** A request's head, and all of it, must have come within so long; heads are bounded by Node at 16 KiB. */
const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 30_000 } as const;
/** Connections at a time, consoles included; further ones are closed at once. */
export const TCP_CONNECTIONS_MAX = 4096;

export interface WebServer {
  readonly server: HttpServer;
  /** Reads certificate and key again; StartError when they cannot be used, and those of before stay. */
  reload(): void;
}

/** An HTTP server, over TLS where a certificate is given. */
export function createWebServer(tls: TlsConfig | undefined, listener: RequestListener): WebServer {
  const server: HttpServer | HttpsServer = tls
    ? createTlsServer({ ...TIMEOUTS, ...readTls(tls), minVersion: "TLSv1.2" }, listener)
    : createServer(TIMEOUTS, listener);
  server.maxConnections = TCP_CONNECTIONS_MAX;
  return {
    server,
    reload() {
      if (tls && "setSecureContext" in server) server.setSecureContext({ ...readTls(tls), minVersion: "TLSv1.2" });
    },
  };
}

function readTls({ cert, key }: TlsConfig): { cert: string; key: string } {
  const pair = { cert: readPem(cert, "cannot read the certificate"), key: readPem(key, "cannot read the key") };
  try {
    createSecureContext(pair);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`cannot use the certificate ${cert} with the key ${key}: ${why}`, { cause: error });
  }
  return pair;
}

function readPem(file: string, sentence: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    const why = { ENOENT: "there is no such file", EACCES: "permission denied" }[code] ?? code;
    throw new StartError(`${sentence} ${file}: ${why}`, { cause: error });
  }
}
