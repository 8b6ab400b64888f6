// SPDX-License-Identifier: MIT
import { OBSERVED_MARK } from "../../../src/filter/layout.ts";
import { BpfFilter } from "../../../src/filter/bpf-filter.ts";
import type { MapFds } from "../../../src/filter/maps.ts";
import { createModuleFilter, deleteModuleFilter } from "../../../src/filter/module-filter.ts";
import { loadNative } from "../../../src/native.ts";
import { attachment, describeFilterContract } from "../../filter-contract.ts";
import type { Subject } from "../../filter-contract.ts";
import { describeIpv6FilterContract } from "../../filter-contract-ipv6.ts";
import { encodeFrame } from "../../frame.ts";
import { Probe } from "./probe.ts";
import { ip } from "./shell.ts";

const ETHERNET_HEADER_LENGTH_BYTES = 14;
const TC_ACT_SHOT = 2;
const LOOPBACK_IFINDEX = 1;
const NOBODY = 65_534;

const native = loadNative();
const nowMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** Packets are received by interfaces that are there: tun0, and one that is lan0 or lan1 as the test wishes. */
function openModule(sendersMax: number): Subject {
  const filter = createModuleFilter(native, { sendersMax, owner: NOBODY });
  const probe = new Probe();
  return {
    filter,
    nowMs,
    judge: (packet) => {
      const name = packet.interface ?? "lan0";
      const ifindex = bring(name);
      filter.setInterfaces([attachment(name, ifindex)]);
      const frame = encodeFrame(packet);
      const received = name === "tun0" ? frame.subarray(ETHERNET_HEADER_LENGTH_BYTES) : frame;
      const { isPassed, mark } = probe.send(ifindex, received);
      if (!isPassed) return "drop";
      return mark === OBSERVED_MARK ? "deliver" : "pass";
    },
    close: () => {
      probe.close();
      filter.close();
      deleteModuleFilter(native);
    },
  };
}

/** The ifindex of the interface, which gets the name first if it has another. */
function bring(name: string): number {
  const present = native.interfaces();
  const other = name === "lan0" ? "lan1" : "lan0";
  if (present[name] === undefined) ip("link", "set", other, "name", name);
  const ifindex = native.interfaces()[name];
  if (ifindex === undefined) throw new Error(`there is no ${name}`);
  return ifindex;
}

function openBpf(sendersMax: number): Subject {
  const { program, maps } = native.objectLoad("/mauth/msender.bpf.o", sendersMax, {});
  const filter = new BpfFilter(native, maps as MapFds);
  return {
    filter,
    nowMs,
    judge: (packet) => {
      filter.setInterfaces([attachment(packet.interface ?? "lan0", LOOPBACK_IFINDEX)]);
      const { action, mark } = native.programRun(program, encodeFrame(packet), LOOPBACK_IFINDEX);
      if (action === TC_ACT_SHOT) return "drop";
      return mark === OBSERVED_MARK ? "deliver" : "pass";
    },
    close: () => {
      for (const fd of [program, ...Object.values(maps)]) native.close(fd);
    },
  };
}

if (native.interfaces()["tun0"] === undefined) {
  ip("link", "add", "lan0", "type", "dummy");
  ip("tuntap", "add", "tun0", "mode", "tun");
}
for (const [name, open] of [
  ["module", openModule],
  ["bpf", openBpf],
] as const) {
  describeFilterContract(name, open);
  describeIpv6FilterContract(name, open);
}
