// SPDX-License-Identifier: MIT
import { parseIpv4 } from "@mauth/protocol/ipv4";

/** Where the console is served: a TCP address or a Unix socket. */
export type ListenAddress =
  | { readonly type: "tcp"; readonly host: string; readonly port: number }
  | { readonly type: "unix"; readonly path: string };

/** Parses "127.0.0.1:8080", "[::1]:8080", "localhost:8080" or "unix:/path"; undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    return path.startsWith("/") ? { type: "unix", path } : undefined;
  }
  const endpoint = parseEndpoint(text);
  return endpoint && { type: "tcp", ...endpoint };
}

/** Parses "host:port", IPv6 hosts in brackets; undefined for anything else. */
export function parseEndpoint(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9A-Za-z._-]{1,253})):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) return undefined;
  return { host, port };
}

/** Tells whether only this host can connect to the address. */
export function isLoopback(address: ListenAddress): boolean {
  if (address.type === "unix") return true;
  const ipv4 = parseIpv4(address.host);
  return ipv4 === undefined ? address.host === "::1" || address.host === "localhost" : ipv4 >>> 24 === 127;
}

/** Tells whether only browsers of this host can have opened a page of that origin. */
export function isLoopbackOrigin(origin: string): boolean {
  const host = new URL(origin).hostname.replace(/^\[(.*)\]$/, "$1");
  return isLoopback({ type: "tcp", host, port: 0 });
}

/** Tells whether it stands for every address of this host. */
export function isEveryAddress(address: ListenAddress): boolean {
  return address.type === "tcp" && ["0.0.0.0", "::"].includes(address.host);
}

/**
 * The origins under which a browser reaches a TCP address: on loopback by each of its names; none for a Unix socket or where
 * it is every address of this host.
 */
export function defaultOrigins(address: ListenAddress, scheme: "http" | "https" = "http"): string[] {
  if (address.type === "unix" || isEveryAddress(address)) return [];
  const own = address.host.includes(":") ? `[${address.host}]` : address.host;
  const hosts = isLoopback(address) ? ["127.0.0.1", "localhost", "[::1]"] : [own];
  return hosts.map((host) => new URL(`${scheme}://${host}:${address.port}`).origin);
}

/** How the address is written in sentences. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.type === "unix") return `unix:${address.path}`;
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}
