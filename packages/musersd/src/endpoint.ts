// SPDX-License-Identifier: MIT
import { parseAddress } from "@mauth/protocol/address";

/** Where musersd listens. */
export interface Endpoint {
  /** IPv4 in dotted decimal, or IPv6 (RFC 4291 §2.2). */
  readonly address: string;
  readonly port: number;
}

/** Parses "192.0.2.1:9874" or "[2001:db8::1]:9874"; undefined when it is neither. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, inBrackets, bare, port] = /^(?:\[([^\]]+)\]|([^:]+)):([1-9]\d{0,4})$/.exec(text) ?? [];
  const address = inBrackets ?? bare;
  if (address === undefined || Number(port) > 65_535) return undefined;
  const isIpv6 = typeof parseAddress(address) === "bigint";
  if (parseAddress(address) === undefined || isIpv6 !== (inBrackets !== undefined)) return undefined;
  return { address, port: Number(port) };
}

/** Tells whether it is an endpoint of IPv6. */
export function isIpv6Endpoint({ address }: Endpoint): boolean {
  return address.includes(":");
}

/** Formats as it is parsed. */
export function formatEndpoint(endpoint: Endpoint): string {
  const { address, port } = endpoint;
  return isIpv6Endpoint(endpoint) ? `[${address}]:${port}` : `${address}:${port}`;
}
