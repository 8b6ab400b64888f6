// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import type { ErrorCode } from "@mauth/protocol/error-code";
import { MemoryFilter } from "../filter/memory-filter.ts";
import { FilterTable } from "./sender-table.ts";

/** These tests change no mode. */
const MODES = { usual: "enforce", set: (): ErrorCode => "no-interface" } as const;
const SOURCE = 0xc000020b;
const GROUP = 0xe9fc0000;
const change = (command: "add" | "remove", group: number) => ({
  command,
  source: SOURCE,
  group: GROUP + group,
  maxTtl: 16,
});

it("carries changes out in order, and answers each with its own result", () => {
  const filter = new MemoryFilter({ sendersMax: 2 });
  const table = new FilterTable(filter, MODES, () => []);
  const results = table.apply([
    change("remove", 9),
    change("add", 1),
    change("add", 2),
    change("add", 3),
    change("remove", 1),
    change("remove", 2),
    change("add", 3),
    change("add", 1),
  ]);
  expect(results).toEqual([undefined, undefined, undefined, "full", undefined, undefined, undefined, undefined]);
  expect(filter.senders().map(({ group }) => Number(group) - GROUP)).toEqual([3, 1]);
});

it("applies nothing when there is nothing to apply", () => {
  expect(new FilterTable(new MemoryFilter({ sendersMax: 1 }), MODES, () => []).apply([])).toEqual([]);
});
