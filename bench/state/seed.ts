// SPDX-License-Identifier: MIT
import { SessionDirectory } from "../../packages/mauthserver/src/sessions.ts";
import { SqliteStore } from "../../packages/mauthserver/src/store/sqlite.ts";
import type { Op } from "../../packages/mauthserver/src/store/store.ts";
import { aes67Input } from "../../packages/mauthserver/test/sap-rates.ts";

/** Operations of one commit. */
const OPS_A_COMMIT = 1000;
/** Sources of the grants; the rest of the number are groups. */
const SOURCES = 250;

export interface Seed {
  readonly path: string;
  readonly sessions: number;
  readonly grants: number;
}

/** The (S,G) of a numbered grant, all within 192.0.2.0/24. */
export function pairOf(index: number): { readonly source: string; readonly group: string } {
  const group = Math.floor(index / SOURCES);
  return {
    source: `192.0.2.${1 + (index % SOURCES)}`,
    group: `233.${252 + (group >>> 16)}.${(group >>> 8) & 255}.${group & 255}`,
  };
}

/** Makes a database with sessions as they are heard and grants as they are made. */
export async function seed({ path, sessions, grants }: Seed): Promise<void> {
  const store = SqliteStore.open(path);
  const ops: Op[] = [];
  const flush = async () => {
    if (ops.length > 0) await store.commit(ops.splice(0), { actor: "bench", at: Date.now() });
  };
  for (const op of allOps(sessions, grants)) {
    ops.push(op);
    if (ops.length >= OPS_A_COMMIT) await flush();
  }
  await flush();
  await store.close();
}

function* allOps(sessions: number, grants: number): Generator<Op> {
  const directory = new SessionDirectory();
  if (sessions > 0) {
    const now = { monotonicMs: 0, wallMs: Date.now() };
    for (const heard of aes67Input(sessions).datagrams)
      for (const change of directory.hear(heard, now))
        if (change.type === "add")
          yield { op: "put", kind: "session", key: change.session.id, body: { ...change.session } };
  }
  for (let index = 0; index < grants; index++) {
    const pair = pairOf(index);
    const id = `${pair.source}>${pair.group}`;
    const body = { id, ...pair, maxTtl: 16, permittedAt: Date.now(), permittedBy: "bench" };
    yield { op: "put", kind: "grant", key: id, body };
  }
}
