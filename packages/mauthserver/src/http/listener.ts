// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { rmSync, statSync } from "node:fs";
import type { Server } from "node:http";
import { connect } from "node:net";
import { StartError } from "../errors.ts";
import { formatListenAddress } from "../listen-address.ts";
import type { ListenAddress } from "../listen-address.ts";

/** Binds the server; StartError says in one sentence why it cannot. */
export async function listen(server: Server, address: ListenAddress): Promise<void> {
  if (address.type === "unix") await removeStaleSocket(address.path);
  server.listen(address.type === "unix" ? { path: address.path } : { host: address.host, port: address.port });
  try {
    await once(server, "listening");
  } catch (error) {
    throw new StartError(`cannot listen on ${formatListenAddress(address)}: ${reasonOf(error)}`, { cause: error });
  }
}

/** A killed server leaves its socket behind; one that somebody answers on stays. */
async function removeStaleSocket(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  const socket = connect(path);
  const isAnswered = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  if (!isAnswered) rmSync(path, { force: true });
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const sentences: Readonly<Record<string, string>> = {
    EADDRINUSE: "another program listens there",
    EACCES: "permission denied",
    EADDRNOTAVAIL: "this host has no such address",
    ENOENT: "its folder does not exist",
    ENOTFOUND: "no such host",
  };
  return sentences[code ?? ""] ?? message;
}
