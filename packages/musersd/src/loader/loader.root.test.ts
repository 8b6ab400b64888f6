// SPDX-License-Identifier: MIT
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IPV4_KEYS } from "../filter/keys.ts";
import { CONTROL, encodeControl, encodeNumberKey, SENDER_VALUE_LENGTH_BYTES } from "../filter/layout.ts";
import { ipv4 } from "../../test/filter-contract.ts";
import { Flood } from "../../test/flood.ts";
import { TestMrouter } from "../../test/mrouter.ts";
import { loadNative } from "../native.ts";

const native = loadNative();
const ABI1 = fileURLToPath(import.meta.resolve("@mauth/kernel-module/abi1.bpf.o"));
const ABI2 = fileURLToPath(import.meta.resolve("@mauth/kernel-module/abi2.bpf.o"));
const ABI1_VALUE_LENGTH_BYTES = 40;
const GROUP = "233.252.0.1";
const ROGUE_GROUP = "233.252.0.66";

let mrouter: TestMrouter;
beforeEach(() => (mrouter = new TestMrouter()));
afterEach(() => mrouter.close());

function musersctl(...args: string[]): string {
  const cli = fileURLToPath(new URL("../musersctl.ts", import.meta.url));
  return mrouter.inMrouter(process.execPath, cli, ...args);
}

/** One sender, as the musersd of ABI 1 wrote it. */
function addToAbi1(maps: Record<string, number>): void {
  const value = new Uint8Array(ABI1_VALUE_LENGTH_BYTES);
  value[0] = 16;
  const key = IPV4_KEYS.encodeSenders([{ source: ipv4("192.0.2.11"), group: ipv4(GROUP) }]);
  native.mapUpdate(maps["senders"] ?? -1, key, value);
}

/** A group that is open to any source, as the musersd of ABI 2 wrote it. */
function addToAbi2(maps: Record<string, number>): void {
  const value = new Uint8Array(SENDER_VALUE_LENGTH_BYTES);
  value[0] = 16;
  native.mapUpdate(maps["control"] ?? -1, encodeNumberKey(CONTROL.wildcards), encodeControl(1n));
  native.mapUpdate(maps["wildcards"] ?? -1, IPV4_KEYS.encodeWildcard({ source: 0, group: ipv4(GROUP) }), value);
}

/** Loads, pins and attaches an earlier filter with what it held, as the earlier musersd left it. */
function leaveEarlierFilter(object = ABI1, fill = addToAbi1): void {
  const pinDir = `${mrouter.directory}/state/bpf`;
  mkdirSync(pinDir, { recursive: true });
  native.mountBpffs(pinDir);
  const { program, maps } = native.objectLoad(object, 16, {});
  fill(maps);
  for (const [name, fd] of Object.entries(maps)) native.pin(fd, `${pinDir}/${name}`);
  native.pin(program, `${pinDir}/program`);
  mrouter.inMrouter("tc", "qdisc", "add", "dev", "lan0", "clsact");
  const place = ["dev", "lan0", "ingress", "prio", "1", "handle", "1"];
  mrouter.inMrouter("tc", "filter", "add", ...place, "bpf", "da", "object-pinned", `${pinDir}/program`);
  for (const fd of [program, ...Object.values(maps)]) native.close(fd);
}

describe("a filter of an earlier layout", () => {
  it("is taken over with its senders, and no packet is judged by neither", async () => {
    leaveEarlierFilter();
    const flood = await Flood.start(mrouter, { permitted: GROUP, rogue: ROGUE_GROUP });
    const daemon = await mrouter.start();
    expect(daemon.lines).toContainEqual(
      expect.objectContaining({ msg: "filter loaded", origin: "pinned", carried: 1, senders: 1 }),
    );
    const { sent, received, leaked } = await flood.stop();
    expect(leaked).toBe(0);
    expect(received).toBe(sent);
    expect(sent).toBeGreaterThan(100);
    const [row] = JSON.parse(musersctl("--json", "list")) as { maxTtl: number; packets: number }[];
    expect(row).toMatchObject({ source: "192.0.2.11", group: GROUP, maxTtl: 16 });
    expect(row?.packets).toBeGreaterThan(0);
    // Where the kernel has tcx. Two would judge each packet twice.
    expect(mrouter.attachedFilter()).toBeDefined();
    expect(mrouter.inMrouter("tc", "filter", "show", "dev", "lan0", "ingress")).toBe("");
  });

  it("is taken over with its wildcards, which only the control tells of, and knows IPv6 from then on", async () => {
    leaveEarlierFilter(ABI2, addToAbi2);
    const flood = await Flood.start(mrouter, { permitted: GROUP, rogue: ROGUE_GROUP });
    const daemon = await mrouter.start();
    expect(daemon.lines).toContainEqual(
      expect.objectContaining({ msg: "filter loaded", origin: "pinned", carried: 0, senders: 1 }),
    );
    musersctl("add", "any", "ff3e::8000:1", "16");
    const { sent, received, leaked } = await flood.stop();
    expect(leaked).toBe(0);
    expect(received).toBe(sent);
    const rows = JSON.parse(musersctl("--json", "list")) as { group: string; packets: number }[];
    expect(rows.map(({ group }) => group).sort()).toEqual([GROUP, "ff3e::8000:1"]);
    expect(rows.find(({ group }) => group === GROUP)?.packets).toBeGreaterThan(0);
  });

  it("is taken over from the attached program when its pins are gone", async () => {
    leaveEarlierFilter();
    mrouter.inMrouter("umount", `${mrouter.directory}/state/bpf`);
    const daemon = await mrouter.start();
    expect(daemon.lines).toContainEqual(expect.objectContaining({ origin: "adopted", carried: 1, senders: 1 }));
  });

  it("is left in force when its layout is not known", async () => {
    leaveEarlierFilter();
    const senders = `${mrouter.directory}/state/bpf/senders`;
    const { program, maps } = native.objectLoad(ABI1, 16, {});
    mrouter.inMrouter("rm", senders);
    native.pin(maps["denied"] ?? -1, senders);
    for (const fd of [program, ...Object.values(maps)]) native.close(fd);
    const before = mrouter.inMrouter("tc", "filter", "show", "dev", "lan0", "ingress");
    const result = await mrouter.runToEnd(["--config", mrouter.writeConfig()]);
    expect(result.stderr).toContain("cannot take over; it stays in force");
    expect(result.code).toBe(1);
    expect(mrouter.inMrouter("tc", "filter", "show", "dev", "lan0", "ingress")).toBe(before);
  });
});

/** Three starts of musersd, on a machine that may have other things to do. */
const RESTARTS_MS_MAX = 120_000;

describe("monitoring", () => {
  it(
    "is switched by a restart in both directions, and every packet is judged by one or the other",
    async () => {
      const monitoring = mrouter.writeConfig(['monitor = ["lan*"]']);
      const first = await mrouter.start(monitoring);
      const flood = await Flood.start(mrouter, { permitted: GROUP, rogue: ROGUE_GROUP });
      await flood.progress();
      expect(musersctl("status")).toContain("interfaces  lan0 (MONITORED)\n");
      await first.end("SIGTERM");
      const second = await mrouter.start(mrouter.writeConfig());
      await flood.progress();
      const status = JSON.parse(musersctl("--json", "status")) as {
        mode: string;
        monitoredPackets: Record<string, number>;
        refusedPackets: Record<string, number>;
      };
      expect(status.mode).toBe("enforce");
      await second.end("SIGTERM");
      await mrouter.start(mrouter.writeConfig(['mode = "monitor"']));
      await flood.progress();
      const { sent, received, leaked } = await flood.stop();
      const end = JSON.parse(musersctl("--json", "status")) as typeof status;
      expect(end.mode).toBe("monitor");
      const refused = end.refusedPackets["UNKNOWN"] ?? 0;
      expect(refused).toBeGreaterThan(0);
      expect(received + leaked).toBe(end.monitoredPackets["UNKNOWN"]);
      expect(received + leaked + refused).toBe(2 * sent);
    },
    RESTARTS_MS_MAX,
  );
});
