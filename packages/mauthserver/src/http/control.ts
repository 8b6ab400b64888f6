// SPDX-License-Identifier: MIT
import { createServer } from "node:http";
import type { Server } from "node:http";
import express from "express";
import type { Config } from "../config.ts";
import type { Principal } from "../accounts/principal.ts";
import { listen } from "./listener.ts";
import { serveRoutes } from "./router.ts";
import type { RouterOptions } from "./router.ts";

/** Bytes of a Unix socket's path (sockaddr_un.sun_path, without its end). */
const SOCKET_PATH_BYTES_MAX = 107;

const COMMAND_SOCKET_MODE = 0o600;

/** Who commands are in the log. */
const COMMAND_LINE: Principal = {
  name: "command line",
  role: "admin",
  kind: "open",
  isConfirmed: true,
  csrfToken: "",
  expiresAt: null,
  ended: new AbortController().signal,
};

/** The socket through which `mauthserver account` and others speak to a running server; undefined where there is none. */
export function controlPath({ store }: Pick<Config, "store">): string | undefined {
  if (store.type !== "sqlite") return undefined;
  const path = `${store.path}.control`;
  return Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX ? path : undefined;
}

/** Serves the API to whoever may open the socket: the owner of the database and root. */
export async function listenForCommands(path: string, options: Omit<RouterOptions, "gate">): Promise<Server> {
  const gate = { identify: () => ({ ok: true, value: COMMAND_LINE }) as const };
  const app = express()
    .disable("x-powered-by")
    .use("/api/v1", serveRoutes({ ...options, gate }));
  const server = createServer(app);
  await listen(server, { type: "unix", path }, COMMAND_SOCKET_MODE);
  return server;
}
