// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { createModuleFilter, deleteModuleFilter } from "../../../src/filter/module-filter.ts";
import type { Filter } from "../../../src/filter/filter.ts";
import { BpfFilter } from "../../../src/filter/bpf-filter.ts";
import { OBSERVED_MARK, OBSERVED_TABLE } from "../../../src/filter/layout.ts";
import type { MapFds } from "../../../src/filter/maps.ts";
import { loadNative } from "../../../src/native.ts";
import { attachment, ipv4 } from "../../filter-contract.ts";
import { afterEach, describe, expect, it } from "./harness.ts";
import { cachedGroups, theLab, until } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { run } from "./shell.ts";

const native = loadNative();
const SOURCE = ipv4("192.0.2.11");
const SENTINEL = "233.252.0.2";
const SAP = "239.255.255.255";
const NOBODY = 65_534;
const MODULE = "/mauth/msender.ko";

/** A filter in force on in0, and how to take it out of force. */
interface InForce {
  readonly filter: Filter;
  readonly end: () => void;
}

function enforceByModule(): InForce {
  const filter = createModuleFilter(native, { sendersMax: 64, owner: NOBODY });
  filter.setInterfaces([attachment("in0", native.interfaces()["in0"] ?? 0)]);
  return {
    filter,
    end: () => {
      filter.close();
      deleteModuleFilter(native);
    },
  };
}

function enforceByBpf(): InForce {
  const { program, maps } = native.objectLoad("/mauth/msender.bpf.o", 64, {});
  const filter = new BpfFilter(native, maps as MapFds);
  const ifindex = native.interfaces()["in0"] ?? 0;
  filter.setInterfaces([attachment("in0", ifindex)]);
  native.tcAttach(ifindex, program);
  return {
    filter,
    end: () => {
      if (existsSync("/sys/class/net/in0")) native.tcDetach(ifindex, "msender_ingress");
      for (const fd of [program, ...Object.values(maps)]) native.close(fd);
    },
  };
}

function permit(filter: Filter, ...groups: string[]): void {
  for (const group of groups) filter.add({ source: SOURCE, group: ipv4(group), maxTtl: 16 });
}

/** Returns when everything that the host sent before has passed the guest, or has been dropped there. */
async function drain(lab: Lab): Promise<void> {
  const before = await lab.receiver.received(SENTINEL);
  await lab.host.send(SENTINEL, { count: 1 });
  await until(async () => (await lab.receiver.received(SENTINEL)) > before, "the sentinel arrives");
}

for (const { name, enforce, permitted, rogue } of [
  { name: "module", enforce: enforceByModule, permitted: "233.252.0.11", rogue: "233.252.0.19" },
  { name: "bpf", enforce: enforceByBpf, permitted: "233.252.0.21", rogue: "233.252.0.29" },
])
  describe(`forwarding: ${name}`, () => {
    let lab: Lab;
    let inForce: InForce;
    afterEach(() => inForce.end());
    const start = async (): Promise<Filter> => {
      lab = await theLab();
      inForce = enforce();
      await lab.join(permitted, rogue, SENTINEL, SAP);
      permit(inForce.filter, permitted, SENTINEL);
      await lab.warmUp(permitted);
      await lab.warmUp(SENTINEL);
      return inForce.filter;
    };

    it("forwards permitted packets, and refuses the others before the forwarding cache knows of them", async () => {
      const filter = await start();
      const before = await lab.receiver.received(permitted);
      await lab.host.send(permitted, { ttl: 16, count: 10 });
      await lab.host.send(permitted, { ttl: 17, count: 10 });
      await lab.host.send(rogue, { count: 10 });
      await drain(lab);
      expect((await lab.receiver.received(permitted)) - before).toBe(10);
      expect(await lab.receiver.received(rogue)).toBe(0);
      expect(cachedGroups().includes(rogue)).toBe(false);
      expect(cachedGroups().includes(permitted)).toBe(true);
      const denied = filter
        .denied()
        .map(({ group, reason, packets }) => `${group === ipv4(rogue)} ${reason} ${packets}`);
      expect(denied.sort()).toEqual(["false TTL 10", "true UNKNOWN 10"]);
      filter.remove(SOURCE, ipv4(permitted));
      await lab.host.send(permitted, { count: 10 });
      await drain(lab);
      expect((await lab.receiver.received(permitted)) - before).toBe(10);
    });

    it("delivers an observed group to the mrouter itself and forwards it to nobody", async () => {
      const filter = await start();
      if (!native.mruleFind(4, OBSERVED_TABLE, OBSERVED_MARK)) native.mruleAdd(4, OBSERVED_TABLE, OBSERVED_MARK);
      filter.setObserved([ipv4(SAP)]);
      await lab.local.do({ op: "join", group: SAP });
      const before = await lab.local.received(SAP);
      await lab.host.send(SAP, { ttl: 255, count: 10 });
      await drain(lab);
      await until(async () => (await lab.local.received(SAP)) === before + 10, "the mrouter hears the group");
      expect(await lab.receiver.received(SAP)).toBe(0);
      expect(cachedGroups().includes(SAP)).toBe(false);
    });
  });

describe("life of the module", () => {
  afterEach(() => deleteModuleFilter(native));

  it("cannot be unloaded while a filter is in force, and can be unloaded and loaded again under traffic", async () => {
    const rogue = "233.252.0.39";
    const lab = await theLab();
    const first = enforceByModule();
    await lab.join(rogue, SENTINEL);
    permit(first.filter, SENTINEL);
    await lab.warmUp(SENTINEL);
    await lab.host.do({ op: "flood", group: rogue });
    await until(() => (first.filter.denied()[0]?.packets ?? 0) > 50, "the flood is refused");
    expect(() => run("/bin/rmmod", "msender")).toThrow(/./);
    expect(await lab.receiver.received(rogue)).toBe(0);
    first.end();
    run("/bin/rmmod", "msender");
    await until(async () => (await lab.receiver.received(rogue)) > 0, "without a filter the flood gets through");
    run("/bin/insmod", MODULE);
    const second = enforceByModule();
    permit(second.filter, SENTINEL);
    await drain(lab);
    const passed = await lab.receiver.received(rogue);
    await until(() => (second.filter.denied()[0]?.packets ?? 0) > 50, "the flood is refused again");
    await drain(lab);
    expect(await lab.receiver.received(rogue)).toBe(passed);
    await lab.host.do({ op: "stop" });
    second.end();
  });
});
