// SPDX-License-Identifier: MIT
import { CALLS_MAX, ChaosClient } from "../../e2e/tests/support/chaos-client.ts";
import type { Written } from "../../packages/mauthserver/test/commits.ts";

/** Connections, each with `CALLS_MAX` calls under way. */
const CLIENTS = 8;
const UNDER_WAY = CLIENTS * CALLS_MAX;
/** Groups that one of them after the other decides about, and hosts behind each mrouter. */
const GROUPS = 10;
const HOSTS = 40;

interface Change {
  readonly source: string;
  readonly group: string;
  readonly maxTtl: number;
}

/** One of the changes, 6 of 10 permits and the rest revokes; `network`: the last octet of the first address behind an mrouter. */
function changeOf(worker: number, turn: number, network: number): Change {
  const group = worker + UNDER_WAY * (turn % GROUPS);
  return {
    source: `192.0.2.${network + 20 + ((turn * 7) % HOSTS)}`,
    group: `233.252.${16 + (group >> 8)}.${group & 255}`,
    maxTtl: turn % 10 < 4 ? 0 : 1 + (turn % 255),
  };
}

/** Changes a second that a server acknowledges, when many decide at a time through its WebSocket. */
export async function changesPerSecond(url: string, networks: readonly number[], forMs: number): Promise<number> {
  const clients = Array.from({ length: CLIENTS }, () => new ChaosClient(url));
  let acknowledged = 0;
  const beganMs = performance.now();
  const worker = async (index: number): Promise<void> => {
    for (let turn = index; performance.now() < beganMs + forMs; turn++) {
      const { source, group, maxTtl } = changeOf(index, turn, networks[index % networks.length] ?? 0);
      if ((await clients[index % CLIENTS]?.call(source, group, maxTtl)) === "ack") acknowledged++;
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, (_, index) => worker(index)));
  const seconds = (performance.now() - beganMs) / 1000;
  for (const client of clients) client.close();
  return acknowledged / seconds;
}

/** The rows that the same changes make, for SQLite alone. */
export function* rowsOfChanges(networks: readonly number[]): Generator<Written> {
  for (let number = 0; ; number++) {
    const turn = number + Math.floor(number / UNDER_WAY);
    const change = changeOf(number % UNDER_WAY, turn, networks[number % networks.length] ?? 0);
    const key = `${change.source}>${change.group}`;
    const body = JSON.stringify({ id: key, ...change, permittedAt: Date.now(), permittedBy: "console" });
    yield { key, body, isGone: change.maxTtl === 0 };
  }
}
