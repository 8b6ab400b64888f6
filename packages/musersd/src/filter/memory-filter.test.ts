// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { address, describeFilterContract } from "../../test/filter-contract.ts";
import { MemoryFilter } from "./memory-filter.ts";

describeFilterContract("memory", (sendersMax) => {
  const filter = new MemoryFilter({ sendersMax });
  let nowMs = 0;
  return {
    filter,
    judge: ({ source, group, ttl = 1, protocol = 17 }) => {
      const packet = { source: address(source), group: address(group), ttl, protocol, ifindex: 1, length: 60 };
      return filter.judge(packet, ++nowMs);
    },
    close: () => {},
  };
});

it("says that it enforces nothing", () => {
  expect(new MemoryFilter({ sendersMax: 1 }).isEnforcing).toBe(false);
});
