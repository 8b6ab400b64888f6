// SPDX-License-Identifier: MIT
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { attachment, describeFilterContract } from "../../test/filter-contract.ts";
import type { Subject } from "../../test/filter-contract.ts";
import { describeIpv6FilterContract } from "../../test/filter-contract-ipv6.ts";
import { encodeFrame } from "../../test/frame.ts";
import { loadNative } from "../native.ts";
import { BpfFilter } from "./bpf-filter.ts";
import type { MapFds } from "./maps.ts";
import { OBSERVED_MARK } from "./layout.ts";

const TC_ACT_UNSPEC = -1;
const TC_ACT_SHOT = 2;
const LOOPBACK_IFINDEX = 1;

const native = loadNative();
const objectPath = fileURLToPath(import.meta.resolve("@mauth/kernel-module/msender.bpf.o"));

function open(sendersMax: number): Subject {
  const { program, maps } = native.objectLoad(objectPath, sendersMax, {});
  const filter = new BpfFilter(native, maps as MapFds);
  return {
    filter,
    nowMs: () => Number(process.hrtime.bigint() / 1_000_000n),
    judge: (packet) => {
      filter.setInterfaces([attachment(packet.interface ?? "lan0", LOOPBACK_IFINDEX)]);
      const { action, mark } = native.programRun(program, encodeFrame(packet), LOOPBACK_IFINDEX);
      if (action === TC_ACT_SHOT) return "drop";
      expect(action).toBe(TC_ACT_UNSPEC);
      expect([0, OBSERVED_MARK]).toContain(mark);
      return mark === OBSERVED_MARK ? "deliver" : "pass";
    },
    close: () => {
      for (const fd of [program, ...Object.values(maps)]) native.close(fd);
    },
  };
}

describeFilterContract("bpf", open);
describeIpv6FilterContract("bpf", open);

it("a map of another layout is refused before anything is read through it", () => {
  const { program, maps } = native.objectLoad(objectPath, 1, {});
  const fds = maps as MapFds;
  expect(() => new BpfFilter(native, { ...fds, senders: fds.denied })).toThrow(/another layout/);
  for (const fd of [program, ...Object.values(maps)]) native.close(fd);
});
