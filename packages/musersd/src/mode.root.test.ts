// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestMrouter, until } from "../test/mrouter.ts";
import type { RunningDaemon } from "../test/mrouter.ts";

const CTL = fileURLToPath(new URL("musersctl.ts", import.meta.url));
const PACKETS = 20_000;
/** Sends so many datagrams to a group that nobody registered, a few at a time. */
const SEND = `
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.11"))
for n in range(${PACKETS}):
    s.sendto(b"x", ("233.252.0.77", 5004))
    if n % 50 == 0: time.sleep(0.005)
`;

interface Status {
  readonly mode: string;
  readonly interfaces: { readonly name: string; readonly isMonitored?: boolean }[];
  readonly refusedPackets: Record<string, number>;
  readonly monitoredPackets?: Record<string, number>;
}

let mrouter: TestMrouter;
let daemon: RunningDaemon;
beforeAll(async () => {
  mrouter = new TestMrouter("o");
  daemon = await mrouter.start();
});
afterAll(() => mrouter.close());

function ctl(...args: string[]) {
  const command = [`--net=/run/netns/${mrouter.name}`, process.execPath, CTL, ...args];
  const { status, stdout, stderr } = spawnSync("nsenter", command, { encoding: "utf8" });
  return { status, stdout, stderr };
}

function readStatus(): Status {
  return JSON.parse(ctl("--json", "status").stdout) as Status;
}

/** The interfaces that are monitored. */
function monitored(): string[] {
  return readStatus().interfaces.flatMap((one) => (one.isMonitored === true ? one.name : []));
}

/** Of the group that is sent to: refused, and passed only because of monitor mode. */
function unknown({ refusedPackets, monitoredPackets = {} }: Status): [dropped: number, passed: number] {
  return [refusedPackets.UNKNOWN ?? 0, monitoredPackets.UNKNOWN ?? 0];
}

describe("musersctl mode", () => {
  it("[V2-39] switches an interface while packets arrive, and each of them is judged by one of the two", async () => {
    const before = unknown(readStatus());
    const sending = mrouter.spawnInHost("python3", "-c", SEND);
    for (let round = 0; sending.exitCode === null; round++) {
      const mode = round % 2 === 0 ? "monitor" : "enforce";
      expect(ctl("mode", "lan0", mode)).toMatchObject({ status: 0, stderr: "" });
      expect(monitored()).toEqual(mode === "monitor" ? ["lan0"] : []);
      await new Promise((resolve) => setImmediate(resolve));
    }
    let counts = unknown(readStatus());
    const arrived = () => {
      counts = unknown(readStatus());
      return counts[0] + counts[1] - before[0] - before[1] >= PACKETS;
    };
    await until(arrived, "every packet is counted");
    expect(counts[0] + counts[1] - before[0] - before[1]).toBe(PACKETS);
    expect(counts[0]).toBeGreaterThan(before[0]);
    expect(counts[1]).toBeGreaterThan(before[1]);
  });

  it("[V2-39] holds after a restart of musersd, and ends as configured", async () => {
    expect(ctl("mode", "lan0", "monitor").stdout).toBe("lan0 monitor: nothing is dropped there, only counted\n");
    await daemon.end("SIGKILL");
    daemon = await mrouter.start();
    expect(monitored()).toEqual(["lan0"]);
    await daemon.waitFor(({ msg }) => msg === "serving", "it serves");
    expect(ctl("--json", "mode", "lan0", "enforce").stdout).toBe('{"interface":"lan0","mode":"enforce"}\n');
    await daemon.end("SIGTERM");
    daemon = await mrouter.start();
    expect(monitored()).toEqual([]);
  });

  it("[V2-39] says when there is no such interface", () => {
    expect(ctl("mode", "lan7", "monitor")).toEqual({
      status: 1,
      stdout: "",
      stderr: "musersctl: lan7: the mrouter has no such internal interface\n",
    });
  });
});
