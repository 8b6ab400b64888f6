// SPDX-License-Identifier: MIT
import type { Mrouter } from "@mauth/protocol/api";
import { parseIpv4, parseIpv4Prefix, prefixContains } from "@mauth/protocol/ipv4";

/** Whether some mrouter has the source in its networks; without one a grant has no effect. */
export function isCovered(source: string, mrouters: ReadonlyMap<string, Mrouter>): boolean {
  const address = parseIpv4(source);
  if (address === undefined) return false;
  return [...mrouters.values()].some((mrouter) =>
    mrouter.networks.some((network) => {
      const prefix = parseIpv4Prefix(network);
      return prefix !== undefined && prefixContains(prefix, address);
    }),
  );
}

/** What is wrong with the enforcement, the worst first. */
export type AlarmKind = "memory" | "offline" | "monitor" | "detached" | "drifted";

export interface Alarm {
  readonly kind: AlarmKind;
  readonly names: readonly string[];
}

const TESTS: readonly (readonly [AlarmKind, (mrouter: Mrouter) => boolean])[] = [
  ["memory", (mrouter) => mrouter.filter === "memory"],
  ["offline", (mrouter) => mrouter.state === "offline"],
  ["monitor", (mrouter) => mrouter.mode === "monitor"],
  ["detached", (mrouter) => mrouter.state === "online" && mrouter.interfaces.some((one) => !one.attached)],
  ["drifted", (mrouter) => mrouter.state === "drifted"],
];

/** The alarms that the mrouters raise together. */
export function alarmsOf(mrouters: ReadonlyMap<string, Mrouter>): Alarm[] {
  return TESTS.flatMap(([kind, test]) => {
    const names = [...mrouters.values()].filter((mrouter) => test(mrouter)).map((mrouter) => mrouter.name);
    return names.length === 0 ? [] : [{ kind, names: names.sort() }];
  });
}

/** How many mrouters raise any alarm. */
export function countTroubled(mrouters: ReadonlyMap<string, Mrouter>): number {
  return [...mrouters.values()].filter((mrouter) => TESTS.some(([, test]) => test(mrouter))).length;
}
