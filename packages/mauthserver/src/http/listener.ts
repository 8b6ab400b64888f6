// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { chmodSync, rmSync, statSync } from "node:fs";
import type { Server } from "node:http";
import { connect } from "node:net";
import { StartError } from "../errors.ts";
import { formatListenAddress } from "../listen-address.ts";
import type { ListenAddress } from "../listen-address.ts";

/** Who may connect to a Unix socket: this user and its group, in which a reverse proxy may be. */
const SOCKET_MODE = 0o660;

/** Binds the server; StartError says in one sentence why it cannot. */
export async function listen(server: Server, address: ListenAddress, socketMode = SOCKET_MODE): Promise<void> {
  if (address.type === "unix") await removeStaleSocket(address.path);
  const listening = once(server, "listening");
  if (address.type === "unix") listenOnSocket(server, address.path, socketMode);
  else server.listen({ host: address.host, port: address.port });
  try {
    await listening;
    if (address.type === "unix") chmodSync(address.path, socketMode);
  } catch (error) {
    throw new StartError(`cannot listen on ${formatListenAddress(address)}: ${reasonOf(error)}`, { cause: error });
  }
}

/** The socket is bound before listen() returns, so that nothing else is made with this mask. */
function listenOnSocket(server: Server, path: string, mode: number): void {
  const before = process.umask(0o777 & ~mode);
  server.listen({ path });
  process.umask(before);
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
