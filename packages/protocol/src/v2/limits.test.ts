// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { atOffset, fromHex, toHex } from "../../test/hex.ts";
import vectors from "../../test/vectors/v2-limits.json" with { type: "json" };
import { parseIpv4 } from "../ipv4.ts";
import { bucketOf, ByteReader, ByteWriter, decodeAnswer, Digest, encodeAnswer, encodeRequestBody } from "./index.ts";
import { decodeRequestBody, entryLength, OP, readEntry, splitChanges, writeEntry } from "./index.ts";
import type { Change, SenderEntry } from "./index.ts";

function ip(text: string): number {
  return parseIpv4(text) ?? Number.NaN;
}

const ENTRIES = vectors.entries.map(({ name, entry, ...row }) => {
  const { source, group, ...limits } = entry;
  const held: SenderEntry = { source: ip(source), group: ip(group), ...limits };
  return { name, entry: held, ...row };
});

function write(entry: SenderEntry, command: "add" | "remove"): string {
  const writer = new ByteWriter(1000);
  writeEntry(writer, entry, command);
  return toHex(writer.written());
}

function find(name: string): SenderEntry {
  const row = ENTRIES.find((other) => other.name === name);
  if (row === undefined) throw new Error(`no vector ${name}`);
  return row.entry;
}

function digestOf(entry: SenderEntry): bigint {
  return Digest.of([entry]).summary.rootDigest;
}

describe("an entry", () => {
  it.each(ENTRIES)("[V2-30] with $name is written and read", ({ entry, add, remove }) => {
    expect(write(entry, "add")).toBe(add);
    expect(write(entry, "remove")).toBe(remove);
    expect(entryLength(entry)).toBe(add.length / 2);
    expect(readEntry(new ByteReader(atOffset(fromHex(add))))).toEqual({ command: "add", ...entry });
    expect(readEntry(new ByteReader(fromHex(remove)))).toEqual({ command: "remove", ...entry });
  });

  it.each(vectors.refused)("[V2-30] with $name is answered $code", ({ hex, code }) => {
    expect(readEntry(new ByteReader(fromHex(hex)))).toBe(code);
  });

  it("[V2-30] that cannot be carried out leaves the entries around it whole", () => {
    const [plain, limited] = [find("no limits"), find("everything")];
    const refused = vectors.refused.map(({ hex }) => hex);
    const body = [write(plain, "add"), ...refused, write(limited, "remove")].join("");
    expect(decodeRequestBody(OP.apply, fromHex(body))).toEqual({
      ok: true,
      value: {
        op: "apply",
        changes: [
          { command: "add", ...plain },
          ...vectors.refused.map(({ code }) => code),
          { command: "remove", ...limited },
        ],
      },
    });
  });

  it.each(ENTRIES)("[V2-33] with $name is hashed with its limits", ({ entry, bucket, digest }) => {
    expect(bucketOf(entry.source, entry.group)).toBe(bucket);
    const one = Digest.of([entry]);
    expect(one.bucket(bucket).digest.toString(16).padStart(16, "0")).toBe(digest);
    one.remove(entry);
    expect(one.summary).toEqual({ entryCount: 0, rootDigest: 0n });
  });

  it("[V2-33] is hashed the same however long its lease is", () => {
    const lease = find("a lease of 90 s");
    expect(digestOf({ ...lease, leaseSeconds: 5 })).toBe(digestOf(lease));
    expect(digestOf(lease)).not.toBe(digestOf(find("no limits")));
  });
});

describe("requests with limited entries", () => {
  it("[V2-30] are split where the next entry does not fit", () => {
    const changes: Change[] = Array.from({ length: 100 }, () => ({ command: "add", ...find("everything") }));
    const parts = splitChanges(changes);
    expect(parts.flat()).toEqual(changes);
    const lengths = parts.map((part) => encodeRequestBody({ op: "apply", changes: part }).length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1144);
    expect(Math.max(...lengths)).toBeGreaterThan(1144 - entryLength(find("everything")));
  });

  it("[V2-32] LIST goes on behind a prefix with its length, and behind a group without", () => {
    const after = { source: 0, group: 0xe9fc0000, groupLength: 24 };
    const request = { op: "list", bucket: 5, after } as const;
    expect(toHex(encodeRequestBody(request))).toBe("000500000000e9fc000018");
    expect(decodeRequestBody(OP.list, fromHex("000500000000e9fc000018"))).toEqual({ ok: true, value: request });
    const single = { op: "list", bucket: 5, after: { source: 0, group: 0xe9fc0000 } } as const;
    expect(toHex(encodeRequestBody(single))).toBe("000500000000e9fc0000");
  });

  it("[V2-34] STATS of the limited carries each entry and its counters", () => {
    const row = { ...find("a prefix"), packets: 1, bytes: 2, refusedPackets: 3, lastMs: 4 };
    const answer = { op: "stats", table: "limited", cursor: 1, latest: 1, nowMs: 9, rows: [row] } as const;
    const body = encodeAnswer(answer, { entryCount: 1, rootDigest: 0n });
    const counters = [1, 2, 3, 4].map((count) => count.toString(16).padStart(16, "0")).join("");
    expect(toHex(body.subarray(13 + 25))).toBe(write(row, "add") + counters);
    expect(decodeAnswer({ op: "stats", table: "limited", cursor: 0 }, body)).toMatchObject({ status: "ok", answer });
  });
});
