// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { mayLoadFilter } from "./capabilities.ts";

it.each([
  ["all", "000001ffffffffff", true],
  ["none", "0000000000000000", false],
  ["CAP_NET_ADMIN alone", "0000000000001000", false],
  ["CAP_BPF alone", "0000008000000000", false],
  ["CAP_NET_ADMIN and CAP_BPF", "0000008000001000", true],
  ["CAP_NET_ADMIN and CAP_SYS_ADMIN", "0000000000201000", true],
])("a process with %s may load the filter: %s %s", (_name, mask, expected) => {
  expect(mayLoadFilter(`Name:\tx\nCapEff:\t${mask}\nCapBnd:\tffffffffffffffff\n`)).toBe(expected);
});
