// SPDX-License-Identifier: MIT

/** An identifier for a lab that no other test process on this machine has. */
export function uniqueId(name: string): string {
  return `${name}${process.pid}`;
}
