// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestMrouter, until } from "../test/mrouter.ts";

const V1_CALL = fileURLToPath(new URL("../test/v1-call.py", import.meta.url));
const SUBSCRIBER = fileURLToPath(new URL("../test/subscriber.ts", import.meta.url));
const POWERLESS = fileURLToPath(new URL("../test/powerless.ts", import.meta.url));
const ADD = "0100c000020be9fc000110";
const REMOVE = "0201c000020be9fc000100";

let mrouter: TestMrouter;
beforeEach(() => (mrouter = new TestMrouter()));
afterEach(() => mrouter.close());

function call(...datagrams: string[]): string[] {
  return mrouter
    .inMrouter("python3", V1_CALL, ...datagrams)
    .trim()
    .split("\n");
}

function mrules(): string {
  return mrouter.inMrouter("ip", "mrule") + mrouter.inMrouter("ip", "-6", "mrule");
}

describe("musersd", () => {
  it("acknowledges add and remove, answers nonsense with ERROR and a wrong length with silence", async () => {
    await mrouter.start();
    const sourceIsGroup = "0300e9fc0002e9fc000110";
    const groupIsUnicast = "0400c000020bc000020c10";
    const ttlZero = "0500c000020be9fc000100";
    const badCommand = "0607c000020be9fc000110";
    expect(call(ADD, ADD, REMOVE, sourceIsGroup, groupIsUnicast, ttlZero, badCommand, "0701", `${ADD}00`)).toEqual([
      "0001",
      "0001",
      "0002",
      "0103",
      "0104",
      "0105",
      "0106",
      "-",
      "-",
    ]);
  });

  it("leaves the filter in force when it is killed, and takes it over with its senders", async () => {
    const first = await mrouter.start();
    call(ADD);
    const program = mrouter.attachedFilter();
    await first.end("SIGKILL");
    expect(mrouter.attachedFilter()).toBe(program);
    const second = await mrouter.start();
    expect(second.lines).toContainEqual(
      expect.objectContaining({ msg: "filter loaded", origin: "pinned", senders: 1 }),
    );
    expect(mrouter.attachedFilter()).toBe(program);
  });

  it("takes the filter over from the attached program when the pins are gone", async () => {
    const first = await mrouter.start();
    call(ADD);
    await first.end("SIGKILL");
    mrouter.inMrouter("umount", `${mrouter.directory}/state/bpf`);
    const second = await mrouter.start();
    expect(second.lines).toContainEqual(expect.objectContaining({ origin: "adopted", senders: 1 }));
  });

  it("serves without any privilege, and starts the serving part again when it is killed", async () => {
    const daemon = await mrouter.start();
    const [first] = mrouter.serverPids();
    const status = readFileSync(`/proc/${first}/status`, "utf8");
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
      expect(status).toMatch(new RegExp(`^${set}:\\s+0000000000000000$`, "m"));
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).not.toMatch(/^Uid:.*\b0\b/m);
    expect(status).not.toMatch(/^Gid:.*\b0\b/m);
    expect(status).toMatch(/^Groups:\s*$/m);
    process.kill(Number(first), "SIGKILL");
    await until(() => daemon.lines.filter((line) => line["msg"] === "serving").length === 2, "serving again");
    expect(mrouter.serverPids()).not.toContain(first);
    expect(call(ADD)).toEqual(["0001"]);
  });

  it("cannot do without privilege what it must not, and can still change the filter", () => {
    const { stdout, stderr } = spawnSync("nsenter", [`--net=/run/netns/${mrouter.name}`, process.execPath, POWERLESS], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout.trim().split("\n")).toEqual([
      "attach the filter: EPERM",
      "detach the filter: EPERM",
      "mount a file system: EPERM",
      "open a map by its number: EPERM",
      "change multicast routing: EPERM",
      "become root: EPERM",
      "read the passwords: EACCES",
      "signal root's processes: EPERM",
      "change the map that it has open: done",
    ]);
  });

  it("takes the serving part with it when it is killed", async () => {
    const daemon = await mrouter.start();
    const [server] = mrouter.serverPids();
    await daemon.end("SIGKILL");
    await until(() => !mrouter.serverPids().includes(server ?? ""), "the serving part ended");
  });

  it("stops with 0 on SIGTERM and leaves the filter attached", async () => {
    const daemon = await mrouter.start();
    expect(await daemon.end("SIGTERM")).toBe(0);
    expect(mrouter.attachedFilter()).toBeDefined();
  });

  it("attaches again when the interface comes back, when a hand detached it, and restores the mrule", async () => {
    await mrouter.start();
    mrouter.unplug();
    mrouter.plugIn();
    await until(() => mrouter.attachedFilter() !== undefined, "attached to the new lan0");
    mrouter.detachFilter();
    await until(() => mrouter.attachedFilter() !== undefined, "attached after it was taken off");
    mrouter.inMrouter("ip", "mrule", "del", "fwmark", "0x5ac", "lookup", "1452");
    mrouter.inMrouter("ip", "-6", "mrule", "del", "fwmark", "0x5ac", "lookup", "1452");
    expect(mrules()).not.toContain("fwmark 0x5ac");
    await until(() => mrules().match(/fwmark 0x5ac lookup 1452/g)?.length === 2, "both mrules restored");
  });

  it("detaches from an interface that is no longer internal", async () => {
    mrouter.inMrouter("ip", "link", "add", "vlan7", "type", "veth", "peer", "name", "peer7");
    const first = await mrouter.start(mrouter.writeConfig());
    await first.end("SIGTERM");
    writeFileSync(
      `${mrouter.directory}/other.toml`,
      `interfaces = ["vlan*"]\nstate_dir = "${mrouter.directory}/state"\n`,
    );
    await mrouter.start(`${mrouter.directory}/other.toml`);
    expect(mrouter.attachedFilter()).toBeUndefined();
    expect(mrouter.attachedFilter("vlan7")).toBeDefined();
  });

  it("[V2-38] relays announcements from its internal interface, and first refusals, to who subscribed", async () => {
    mrouter.inHost("ip", "addr", "add", "2001:db8::b/64", "dev", "h0", "nodad");
    await mrouter.start();
    const { status, stdout, stderr } = spawnSync(
      "nsenter",
      [`--net=/run/netns/${mrouter.name}`, process.execPath, SUBSCRIBER, mrouter.host],
      { encoding: "utf8", timeout: 60_000 },
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout.trim().split("\n")).toEqual([
      "denied lan0 192.0.2.11 233.252.0.9 UNKNOWN",
      "sap lan0 192.0.2.11 239.255.255.255 hello",
      "denied lan0 2001:db8::b ff3e::8000:9 UNKNOWN",
      "sap lan0 2001:db8::b ff05::2:7ffe hello",
    ]);
  }, 90_000);

  it("applies mauth.conf by difference at SIGHUP, and nothing of a bad file", async () => {
    const conf = `${mrouter.directory}/mauth.conf`;
    writeFileSync(conf, "192.0.2.11 233.252.0.1 16\n");
    const daemon = await mrouter.start(mrouter.writeConfig([`mauth_conf = "${conf}"`]));
    await daemon.waitFor((line) => line["msg"] === "static senders applied" && line["added"] === 1, "first file");
    writeFileSync(conf, "192.0.2.12 233.252.0.2 16\nbad line\n");
    daemon.signal("SIGHUP");
    await daemon.waitFor((line) => String(line["msg"]).includes("line 2"), "the bad line is named");
    writeFileSync(conf, "192.0.2.11 233.252.0.1 16\n2001:db8::b ff3e::8000:1 16\n");
    daemon.signal("SIGHUP");
    const applied = await daemon.waitFor(
      (line) => line["msg"] === "static senders applied" && line !== daemon.lines[1],
      "",
    );
    expect(applied).toMatchObject({ added: 1, removed: 0, failed: 0 });
  });

  it("keeps the static senders at a stop, and takes them back only where that is configured", async () => {
    const conf = `${mrouter.directory}/mauth.conf`;
    writeFileSync(conf, "192.0.2.11 233.252.0.1 16\n");
    const atStop = (what: string) => mrouter.writeConfig([`mauth_conf = "${conf}"`, `mauth_conf_at_stop = "${what}"`]);
    const keeping = await mrouter.start(atStop("keep"));
    await keeping.end("SIGTERM");
    const removing = await mrouter.start(atStop("remove"));
    // It was there already, so nothing had to be added.
    await removing.waitFor((line) => line["msg"] === "static senders applied" && line["added"] === 0, "kept");
    await removing.end("SIGTERM");
    const last = await mrouter.start(atStop("keep"));
    await last.waitFor((line) => line["msg"] === "static senders applied" && line["added"] === 1, "removed");
  });

  it.each([
    [
      "an interface that is not there",
      ['interfaces = ["wan7"]'],
      2,
      "there is no interface wan7; this machine has lo, lan0",
    ],
    [
      "an address of another machine",
      ['interfaces = ["lan0"]', 'listen = "192.0.2.77:9874"'],
      1,
      "not on this machine",
    ],
    ["a bad mauth.conf", ['interfaces = ["lan0"]', 'mauth_conf = "/nonexistent"'], 2, "/nonexistent"],
    [
      "a filter that this kernel lacks",
      ['interfaces = ["lan0"]', 'filter = "module"'],
      1,
      "module msender is not loaded",
    ],
  ])("refuses to start with %s, in one sentence", async (_what, lines, code, sentence) => {
    const path = `${mrouter.directory}/bad.toml`;
    writeFileSync(path, `${lines.join("\n")}\nstate_dir = "${mrouter.directory}/state"\n`);
    const result = await mrouter.runToEnd(["--config", path]);
    expect(result.stderr).toContain(sentence);
    expect(result.stderr.trim().split("\n")).toHaveLength(1);
    expect(result.code).toBe(code);
  });

  it("refuses to run the server where no loader has loaded the filter", async () => {
    const result = await mrouter.runToEnd(["--config", mrouter.writeConfig(), "--part", "server"]);
    expect(result.stderr).toContain("the filter is not loaded");
    expect(result.stderr.trim().split("\n")).toHaveLength(1);
    expect(result.code).toBe(1);
  });

  it("refuses a port that is taken and leaves the running filter alone", async () => {
    await mrouter.start();
    const program = mrouter.attachedFilter();
    const result = await mrouter.runToEnd(["--config", mrouter.writeConfig()]);
    expect(result).toEqual({
      code: 1,
      stderr: "musersd: cannot listen on 127.0.0.1:9874: the port is taken (is another musersd running?)\n",
    });
    expect(mrouter.attachedFilter()).toBe(program);
  });

  it("refuses to run without the capabilities that the filter needs", async () => {
    const drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
    const result = await mrouter.runToEnd(["--config", mrouter.writeConfig()], drop);
    expect(result).toEqual({ code: 1, stderr: 'musersd: filter "bpf" needs root (CAP_BPF and CAP_NET_ADMIN)\n' });
  });
});
