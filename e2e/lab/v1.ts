// SPDX-License-Identifier: MIT

/** Commands of the paper's protocol, version 1. */
export const ADD = 0x00;
export const REMOVE = 0x01;

/** What a v1 request says; the lab has its own twelve lines of encoder, so that the project's codec is not its own oracle. */
export interface V1Request {
  readonly sequence: number;
  readonly command: number;
  readonly source: string;
  readonly group: string;
  readonly maxTtl: number;
}

/** The 11 bytes of a request: sequence number, command, source (4), group (4), maximum TTL. */
export function v1Bytes(request: V1Request): Uint8Array {
  const { sequence, command, source, group, maxTtl } = request;
  return Uint8Array.from([sequence, command, ...octets(source), ...octets(group), maxTtl]);
}

function octets(address: string): number[] {
  return address.split(".").map(Number);
}
