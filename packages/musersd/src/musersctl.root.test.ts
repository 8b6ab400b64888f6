// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestMrouter } from "../test/mrouter.ts";

const CTL = fileURLToPath(new URL("musersctl.ts", import.meta.url));

let mrouter: TestMrouter;
beforeAll(async () => {
  mrouter = new TestMrouter();
  await mrouter.start();
});
afterAll(() => mrouter.close());

function ctl(...args: string[]) {
  return ctlIn(mrouter, args);
}

function ctlIn({ name }: TestMrouter, args: string[]) {
  const command = [`--net=/run/netns/${name}`, process.execPath, CTL, ...args];
  const { status, stdout, stderr } = spawnSync("nsenter", command, { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("musersctl", () => {
  it("adds, lists and removes a sender", () => {
    expect(ctl("add", "192.0.2.11", "233.252.0.1", "16")).toEqual({
      status: 0,
      stdout: "added 192.0.2.11 233.252.0.1 max TTL 16\n",
      stderr: "",
    });
    expect(JSON.parse(ctl("--json", "list").stdout)).toEqual([
      {
        source: "192.0.2.11",
        group: "233.252.0.1",
        maxTtl: 16,
        packets: 0,
        bytes: 0,
        refusedPackets: 0,
        lastAgeMs: null,
      },
    ]);
    expect(ctl("remove", "192.0.2.11", "233.252.0.1").stdout).toBe("removed 192.0.2.11 233.252.0.1\n");
    expect(ctl("list").stdout).toBe("no senders are registered: every multicast packet is dropped\n");
  });

  it("says what the filter is and where it is attached", () => {
    const status = JSON.parse(ctl("status", "--json").stdout) as unknown;
    expect(status).toMatchObject({ filter: "bpf", mode: "enforce", interfaces: [{ name: "lan0", isAttached: true }] });
    expect(ctl("status").stdout).toContain("interfaces  lan0\n");
  });

  it("adds, lists and removes a sender of IPv6, and a prefix of IPv6 groups", () => {
    expect(ctl("add", "2001:db8::b", "ff3e::8000:1", "16").stdout).toBe("added 2001:db8::b ff3e::8000:1 max TTL 16\n");
    expect(ctl("add", "any", "ff05::/16", "8", "--rate", "10Mbit").status).toBe(0);
    const senders = JSON.parse(ctl("--json", "list").stdout) as unknown;
    expect(senders).toMatchObject([
      { source: "any", group: "ff05::/16", rateBytesPerSecond: 1_250_000 },
      { source: "2001:db8::b", group: "ff3e::8000:1", maxTtl: 16, packets: 0 },
    ]);
    expect(ctl("remove", "any", "ff05::/16").status).toBe(0);
    expect(ctl("remove", "2001:db8::b", "ff3e::8000:1").status).toBe(0);
    expect(ctl("list").stdout).toBe("no senders are registered: every multicast packet is dropped\n");
  });

  it("explains why a packet passes or does not", () => {
    const explain = () => JSON.parse(ctl("--json", "explain", "192.0.2.11", "233.252.0.5").stdout) as unknown;
    const send = (ttl: number) =>
      mrouter.inHost(
        "python3",
        "-c",
        `import socket; s = socket.socket(2, 2); s.setsockopt(0, socket.IP_MULTICAST_TTL, ${ttl}); s.sendto(b"x", ("233.252.0.5", 9))`,
      );
    mrouter.inHost("ip", "route", "replace", "224.0.0.0/4", "dev", "h0");
    expect(explain()).toMatchObject({ verdict: "silent", entry: null });
    send(8);
    expect(explain()).toMatchObject({ verdict: "refused", reason: "UNKNOWN", denied: { interface: "lan0", ttl: 8 } });
    ctl("add", "192.0.2.11", "233.252.0.5", "4");
    send(4);
    expect(explain()).toMatchObject({ verdict: "passed", entry: { maxTtl: 4, packets: 1 } });
    send(8);
    expect(explain()).toMatchObject({ verdict: "refused", reason: "TTL" });
    expect(ctl("explain", "192.0.2.11", "233.252.0.5").stdout).toContain("its TTL 8 is above the maximum 4");
    ctl("remove", "192.0.2.11", "233.252.0.5");
  });

  it("counts what was thrown at musersd, by class", () => {
    const send =
      "import socket; s = socket.socket(2, 2); [s.sendto(b'x' * n, ('127.0.0.1', 9874)) for n in (0, 10, 12, 100)]";
    mrouter.inMrouter("python3", "-c", send);
    const { datagrams } = JSON.parse(ctl("--json", "status").stdout) as { datagrams: Record<string, number> };
    expect(datagrams).toMatchObject({ "v2.droppedLength": 3, "v2.droppedMagic": 1, "v1.droppedLength": 0 });
    expect(ctl("status").stdout).toContain("v2.droppedLength 3");
  });

  it.each([
    [["add", "192.0.2.11", "192.0.2.12", "1"], "the group is not a multicast address that routers forward"],
    [["add", "233.252.0.1", "233.252.0.1", "1"], "the source is not a unicast address"],
    [["add", "192.0.2.11", "233.252.0.1", "0"], "the maximum TTL must be 1 to 255"],
    [["add", "192.0.2.11", "233.252.0.1", "x"], '"x" is not a TTL of 1 to 255'],
    [["add", "host", "233.252.0.1", "1"], '"host" is not an IP address'],
    [["add", "192.0.2.11"], "usage: add SOURCE GROUP TTL"],
    [["add", "2001:db8::b", "233.252.0.1", "1"], "2001:db8::b and 233.252.0.1 are of different families"],
    [["explain", "192.0.2.11"], "usage: explain SOURCE GROUP"],
    [["mode", "lan0"], "usage: mode INTERFACE enforce|monitor"],
    [["mode", "lan0", "off"], '"off" is no mode; there are enforce and monitor'],
    [["mode", "a/b", "monitor"], '"a/b" is not an interface name'],
    [["list", "all"], 'unexpected "all"'],
    [["erase"], "unknown command erase"],
    [[], "a command is missing"],
    [
      ["--server", "nowhere", "list"],
      '--server: "nowhere" is no address; write 192.0.2.1, 192.0.2.1:9874 or [2001:db8::1]:9874',
    ],
    [["--keys", "/nonexistent", "list"], "/nonexistent"],
  ])("answers %j with one sentence and exit code 2", (args, sentence) => {
    const result = ctl(...args);
    expect(result.stderr).toContain(sentence);
    expect(result.stderr.trim().split("\n")).toHaveLength(1);
    expect(result).toMatchObject({ status: 2, stdout: "" });
  });

  it("speaks v2 with a key that it made itself, and is refused with another one", async () => {
    const keys = `${mrouter.directory}/keys`;
    const other = `${mrouter.directory}/other`;
    for (const path of [keys, other]) writeFileSync(path, ctl("key", "new", "7").stdout, { mode: 0o600 });
    const second = new TestMrouter("k");
    try {
      const config = second.writeConfig([`[v1]`, `allow = []`, `[v2]`, `keys = "${keys}"`]);
      const daemon = await second.start(config);
      const there = (...args: string[]) => ctlIn(second, args);
      expect(there("--keys", keys, "add", "192.0.2.11", "233.252.0.1", "16").status).toBe(0);
      expect(there("--keys", keys, "list").stdout).toContain("192.0.2.11");
      expect(there("--keys", other, "list")).toMatchObject({
        status: 1,
        stderr: expect.stringContaining("key 7") as string,
      });
      const line = await daemon.waitFor(({ msg }) => msg === "datagrams refused", "the wrong key is logged");
      expect(line).toMatchObject({ refused: { "v2.droppedMac": expect.any(Number) as number } });
      for (const path of [keys, other])
        expect(JSON.stringify(daemon.lines)).not.toContain(readFileSync(path, "utf8").trim().slice(2));
      expect(there("list")).toMatchObject({ status: 1, stderr: expect.stringContaining("allow-list") as string });
    } finally {
      second.close();
    }
  }, 120_000);

  it("prints completion that bash accepts and that knows the commands", () => {
    const script = `${ctl("completion", "bash").stdout}\nCOMP_WORDS=(musersctl re); COMP_CWORD=1; _musersctl; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect({ stdout, stderr }).toEqual({ stdout: "remove\n", stderr: "" });
  });

  it("exits with 1 where no musersd listens", () => {
    expect(ctl("--server", "127.0.0.1:9", "list")).toEqual({
      status: 1,
      stdout: "",
      stderr: "musersctl: no musersd listens on 127.0.0.1:9\n",
    });
  });
});

/** An mrouter that listens on both families and knows key 7. */
async function listening(...lines: string[]) {
  const one = new TestMrouter("v6");
  const keys = `${one.directory}/keys`;
  writeFileSync(keys, `7 ${"2a".repeat(32)}\n`, { mode: 0o600 });
  await one.start(one.writeConfig(['listen = "[::]:9874"', ...lines, `[v2]\nkeys = "${keys}"`]));
  const over = (server: string, ...args: string[]) => ctlIn(one, ["--server", server, ...args]);
  return { one, keys, over };
}

describe("musersctl over IPv6", () => {
  it("changes and reads the filter from ::1, and the same musersd serves IPv4", async () => {
    const { one, over } = await listening();
    try {
      const added = { status: 0, stdout: "added 192.0.2.11 233.252.0.1 max TTL 16\n", stderr: "" };
      expect(over("::1", "add", "192.0.2.11", "233.252.0.1", "16")).toEqual(added);
      expect(over("[::1]:9874", "--json", "list").stdout).toContain('"source": "192.0.2.11"');
      expect(over("127.0.0.1", "remove", "192.0.2.11", "233.252.0.1").status).toBe(0);
      expect(over("[::1]:9874", "list").stdout).toContain("no senders are registered");
    } finally {
      one.close();
    }
  }, 60_000);

  it("answers an address that is not allowed only with a key", async () => {
    const { one, keys, over } = await listening('[v1]\nallow = ["127.0.0.1/32", "2001:db8::/32"]');
    try {
      expect(over("[::1]:9874", "status")).toMatchObject({
        status: 1,
        stderr: "musersctl: no answer from [::1]:9874 within 6 s; is this address on its v1 allow-list?\n",
      });
      expect(over("[::1]:9874", "--keys", keys, "status").status).toBe(0);
      for (const address of ["2001:db8::1/128", "2001:db9::1/128"])
        one.inMrouter("ip", "-6", "addr", "add", address, "dev", "lo", "nodad");
      expect(over("[2001:db8::1]:9874", "status").status).toBe(0);
      expect(over("[2001:db9::1]:9874", "status").status).toBe(1);
    } finally {
      one.close();
    }
  }, 60_000);
});
