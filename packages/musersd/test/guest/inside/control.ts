// SPDX-License-Identifier: MIT
import { createModuleFilter, deleteModuleFilter } from "../../../src/filter/module-filter.ts";
import type { ModuleFilter } from "../../../src/filter/module-filter.ts";
import { GenlFamily } from "../../../src/filter/genl-family.ts";
import type { Write } from "../../../src/filter/genl-family.ts";
import { ATTRIBUTE, COMMAND, FAMILY, encodeAddress, writeKey } from "../../../src/filter/module-messages.ts";
import { messageOf } from "../../../src/errors.ts";
import { loadNative } from "../../../src/native.ts";
import { attachment, ipv4 } from "../../filter-contract.ts";
import { encodeFrame } from "../../frame.ts";
import { afterEach, describe, expect, it } from "./harness.ts";
import { Probe } from "./probe.ts";
import { ip, run } from "./shell.ts";

const native = loadNative();
const OWNER = 65_534;
const STRANGER = 65_533;
const SOURCE = ipv4("192.0.2.1");
const GROUP = ipv4("233.252.0.1");
/** What the serving part may do, and what it may not. */
const ALLOWED_TO_SERVE = {
  opened: "done",
  added: "done",
  read: "1",
  monitored: "done",
  detached: "EPERM",
  observed: "EPERM",
};
const NLM_F_DUMP_INTR = 0x10;

function sentence(act: () => void): string {
  try {
    act();
    return "";
  } catch (error) {
    return messageOf(error);
  }
}

function powerless(when: "before" | "after", uid: number): unknown {
  return JSON.parse(run(process.execPath, "/mauth/test/powerless.mjs", when, String(uid)));
}

describe("control of the module", () => {
  let filter: ModuleFilter;
  const start = (sendersMax = 5000): ModuleFilter =>
    (filter = createModuleFilter(native, { sendersMax, owner: OWNER }));
  afterEach(() => {
    filter.close();
    deleteModuleFilter(native);
  });

  it("lets a socket that root opened change senders and modes after every privilege was given up, and nothing else", () => {
    start();
    filter.setInterfaces([attachment("lo", 1)]);
    expect(powerless("after", STRANGER)).toEqual(ALLOWED_TO_SERVE);
    expect(filter.senders()).toHaveLength(1);
    expect(filter.interfaces()).toMatchObject([{ name: "lo", isMonitored: true }]);
  });

  it("lets the owner of the filter do the same without ever having had a privilege", () => {
    start();
    expect(powerless("before", OWNER)).toEqual(ALLOWED_TO_SERVE);
  });

  it("refuses everybody else", () => {
    start();
    expect(powerless("before", STRANGER)).toEqual({ opened: "EPERM" });
    expect(filter.senders()).toEqual([]);
  });

  it("says in a sentence what is wrong with a request", () => {
    start();
    const family = new GenlFamily(native, FAMILY);
    const ask = (command: number, write: Write): string => sentence(() => family.call(command, write));
    const add = (key: Write): string =>
      ask(COMMAND.add, (writer) => {
        key(writer);
        writer.u8(ATTRIBUTE.maxTtl, 1);
      });
    expect(add(writeKey(SOURCE, ipv4("192.0.2.2")))).toBe("the group is not multicast");
    expect(add(writeKey(GROUP, GROUP))).toBe("the source is multicast");
    expect(add(writeKey(SOURCE, GROUP, 24))).toBe("the group has bits behind its length");
    expect(add(writeKey(SOURCE, GROUP, 33))).toBe("groups are 4 to 32 bits of IPv4 or 8 to 128 of IPv6");
    expect(ask(COMMAND.remove, writeKey(SOURCE, GROUP))).toBe("no such sender is registered");
    expect(ask(COMMAND.detach, (writer) => writer.text(ATTRIBUTE.interface, "wan7"))).toBe(
      "the interface is not internal",
    );
    expect(ask(COMMAND.add, writeKey(SOURCE, GROUP))).toContain("EINVAL");
    expect(add((writer) => writer.bytes(ATTRIBUTE.source, encodeAddress(SOURCE).subarray(0, 3)))).not.toBe("");
    expect(filter.senders()).toEqual([]);
    family.close();
  });

  it("lists each sender that stays once, whatever comes and goes meanwhile, and says that something did", () => {
    start();
    const senders = Array.from({ length: 4000 }, (_, index) => ({ source: SOURCE, group: GROUP + index, maxTtl: 1 }));
    expect(filter.addMany(senders).filter((error) => error !== undefined)).toEqual([]);
    const seen: number[] = [];
    const flags = dumpSlowly(
      (group) => seen.push(group),
      () => {
        filter.removeMany(senders.slice(0, 500));
        filter.add({ source: SOURCE, group: GROUP + 9999, maxTtl: 1 });
      },
    );
    const staying = seen.filter((group) => group >= GROUP + 500 && group < GROUP + 4000);
    expect(new Set(staying).size).toBe(3500);
    expect(staying).toHaveLength(3500);
    expect(flags & NLM_F_DUMP_INTR).toBe(NLM_F_DUMP_INTR);
  });

  it("marks no dump during which nothing came or went", () => {
    start();
    filter.addMany(Array.from({ length: 4000 }, (_, index) => ({ source: SOURCE, group: GROUP + index, maxTtl: 1 })));
    expect(
      dumpSlowly(
        () => {},
        () => {},
      ) & NLM_F_DUMP_INTR,
    ).toBe(0);
  });

  it("holds as many senders as it was made for, and finds each of them again", () => {
    start(5000);
    const senders = Array.from({ length: 5000 }, (_, index) => ({
      source: SOURCE + index,
      group: GROUP,
      maxTtl: 1,
    }));
    const startMs = performance.now();
    expect(filter.addMany(senders).filter((error) => error !== undefined)).toEqual([]);
    const addedMs = performance.now();
    expect(filter.senders()).toHaveLength(5000);
    const readMs = performance.now();
    expect(filter.add({ source: 1, group: GROUP, maxTtl: 1 })).toBe("full");
    expect(filter.find(SOURCE + 4999, GROUP)?.maxTtl).toBe(1);
    expect(filter.removeMany(senders).filter((error) => error !== undefined)).toEqual([]);
    expect(filter.senders()).toEqual([]);
    const figures = `added in ${(addedMs - startMs).toFixed(0)} ms, read in ${(readMs - addedMs).toFixed(0)} ms`;
    run("/bin/sh", "-c", `echo "# ${senders.length} senders: ${figures}" >/dev/ttyS1`);
  });

  it("judges the first packet of an interface that has gone and returned, before anybody was told", () => {
    start();
    ip("link", "add", "leaving0", "type", "dummy");
    filter.setInterfaces([attachment("leaving0", native.interfaces()["leaving0"] ?? 0)]);
    ip("link", "del", "leaving0");
    expect(filter.interfaces()).toEqual([]);
    ip("link", "add", "leaving0", "type", "dummy");
    const ifindex = native.interfaces()["leaving0"] ?? 0;
    const probe = new Probe();
    const frame = encodeFrame({ source: "192.0.2.1", group: "233.252.0.1" });
    expect(probe.send(ifindex, frame).isPassed).toBe(false);
    expect(filter.interfaces()).toMatchObject([{ name: "leaving0", ifindex, isAttached: true }]);
    filter.setInterfaces([]);
    expect(probe.send(ifindex, frame).isPassed).toBe(true);
    probe.close();
    ip("link", "del", "leaving0");
  });

  it("judges frames with tags, without whole headers and of other protocols as the eBPF filter does", () => {
    start();
    ip("link", "add", "odd0", "type", "dummy");
    const ifindex = native.interfaces()["odd0"] ?? 0;
    filter.setInterfaces([attachment("odd0", ifindex)]);
    const probe = new Probe();
    const whole = encodeFrame({ source: "192.0.2.1", group: "233.252.0.1" });
    const behind = (tags: string): Uint8Array =>
      Buffer.concat([whole.subarray(0, 12), Buffer.from(tags.replaceAll(" ", ""), "hex"), whole.subarray(12)]);
    const isPassed = (frame: Uint8Array): boolean => probe.send(ifindex, frame).isPassed;
    const counted = (reason: string): number => filter.counts().find((count) => count.reason === reason)?.packets ?? -1;
    expect(isPassed(behind("8100 0000")), "one priority tag").toBe(false);
    expect(isPassed(behind("88a8 0005")), "a tag with a number, which the kernel takes off").toBe(false);
    expect(counted("UNKNOWN")).toBe(2);
    expect(isPassed(behind("8100 0000 8100 0000")), "two priority tags").toBe(false);
    expect(isPassed(behind("88a8 0000 8100 0000 8100 0000")), "three").toBe(false);
    expect(isPassed(whole.subarray(0, 14 + 19)), "a header that is cut off").toBe(false);
    expect(isPassed(Uint8Array.from(whole, (octet, at) => (at === 14 ? 0x55 : octet))), "version 5").toBe(false);
    expect(counted("MALFORMED")).toBe(4);
    expect(isPassed(behind("8100 0000 8100 0005")), "a number behind a priority tag leads to a VLAN, or nowhere").toBe(
      true,
    );
    expect(isPassed(Uint8Array.from(whole, (octet, at) => (at === 13 ? 0x06 : octet))), "ARP").toBe(true);
    expect(counted("NOT_IP")).toBe(2);
    probe.close();
    filter.setInterfaces([]);
    ip("link", "del", "odd0");
  });

  it("judges an interface that is only named as soon as it has the name, and forgets it when told so", () => {
    start();
    filter.setInterfaces([attachment("later0", 0)]);
    expect(filter.internal()).toMatchObject([{ name: "later0", isAttached: false }]);
    ip("link", "add", "now0", "type", "dummy");
    ip("link", "set", "now0", "name", "later0");
    expect(filter.interfaces()).toMatchObject([{ name: "later0", isAttached: true }]);
    filter.detach("later0");
    expect(filter.internal()).toEqual([]);
    ip("link", "del", "later0");
  });

  it("keeps the filters of network namespaces apart, and frees one with its namespace", () => {
    start();
    filter.add({ source: SOURCE, group: GROUP, maxTtl: 1 });
    ip("netns", "add", "apart");
    const there = JSON.parse(
      run("/bin/nsenter", "--net=/run/netns/apart", process.execPath, "/mauth/test/apart.mjs"),
    ) as unknown;
    expect(there).toEqual({ before: "ENOENT", senders: 1, interfaces: ["lo"] });
    ip("netns", "del", "apart");
    expect(filter.senders()).toHaveLength(1);
  });
});

/** Reads a dump of the senders, and does something between its first and its second part; returns all flags that were seen. */
function dumpSlowly(onGroup: (group: number) => void, between: () => void): number {
  const { fd, family } = native.genlOpen(FAMILY);
  const request = new Uint8Array(20);
  const view = new DataView(request.buffer);
  view.setUint32(0, request.length, true);
  view.setUint16(4, family, true);
  view.setUint16(6, 0x301, true);
  view.setUint8(16, COMMAND.getSender);
  native.genlSend(fd, request);
  const buffer = new Uint8Array(65_536);
  let flags = 0;
  for (let part = 0, isOver = false; !isOver; part++) {
    if (part === 1) between();
    const length = native.genlReceive(fd, buffer);
    const answer = new DataView(buffer.buffer, 0, length);
    for (let at = 0; at < length; at += (answer.getUint32(at, true) + 3) & ~3) {
      flags |= answer.getUint16(at + 6, true);
      if (answer.getUint16(at + 4, true) === 3) isOver = true;
      // Behind the headers: SOURCE (8 bytes), and GROUP's value behind its own header.
      else onGroup(answer.getUint32(at + 20 + 8 + 4));
    }
  }
  native.close(fd);
  return flags;
}
