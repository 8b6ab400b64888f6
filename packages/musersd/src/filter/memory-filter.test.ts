// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { address, attachment, describeFilterContract } from "../../test/filter-contract.ts";
import type { Subject } from "../../test/filter-contract.ts";
import { describeIpv6FilterContract } from "../../test/filter-contract-ipv6.ts";
import { MemoryFilter } from "./memory-filter.ts";

function open(sendersMax: number): Subject {
  const filter = new MemoryFilter({ sendersMax });
  let nowMs = 1000;
  return {
    filter,
    nowMs: () => nowMs,
    judge: ({ source, group, ttl = 1, protocol = 17, ...received }) => {
      filter.setInterfaces([attachment(received.interface ?? "lan0", 1)]);
      const mac = received.mac ?? "00:00:00:00:00:00";
      const packet = { source: address(source), group: address(group), ttl, protocol, ifindex: 1, mac, length: 60 };
      return filter.judge(packet, ++nowMs);
    },
    close: () => {},
  };
}

describeFilterContract("memory", open);
describeIpv6FilterContract("memory", open);

it("says that it enforces nothing", () => {
  expect(new MemoryFilter({ sendersMax: 1 }).isEnforcing).toBe(false);
});
