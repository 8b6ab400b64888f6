// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestMrouter } from "../../test/mrouter.ts";

const CTL = fileURLToPath(new URL("../musersctl.ts", import.meta.url));
const MAC = "00:00:5e:00:53:01";

let mrouter: TestMrouter;
beforeAll(async () => {
  mrouter = new TestMrouter();
  await mrouter.start();
});
afterAll(() => mrouter.close());

function ctl(...args: string[]) {
  const namespace = `--net=/run/netns/${mrouter.name}`;
  const { status, stdout, stderr } = spawnSync("nsenter", [namespace, process.execPath, CTL, ...args], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

it("musersctl gives a sender limits, lists them, and takes them away over v1", () => {
  const limits = ["--rate", "10Mbit", "--burst", "3k", "--expires", "1h", "--interface", "lan0", "--mac", MAC];
  expect(ctl("add", "192.0.2.11", "233.252.0.1", "16", ...limits)).toEqual({
    status: 0,
    stdout: `added 192.0.2.11 233.252.0.1 max TTL 16, for 3600 s, 1250000 B/s, burst 3000 B, on lan0, from ${MAC}\n`,
    stderr: "",
  });
  expect(ctl("add", "any", "233.252.0.0/24", "4").stdout).toBe("added any 233.252.0.0/24 max TTL 4\n");
  const rows = JSON.parse(ctl("--json", "list").stdout) as { leaseSeconds?: number }[];
  expect(rows).toMatchObject([
    { source: "any", group: "233.252.0.0/24", maxTtl: 4 },
    { source: "192.0.2.11", rateBytesPerSecond: 1_250_000, burstBytes: 3000, interface: "lan0", mac: MAC },
  ]);
  expect(rows[1]?.leaseSeconds).toBeGreaterThan(3500);
  expect(ctl("list").stdout).toMatch(/LIMITS\n.*any.*\n192\.0\.2\.11.* 1250000 B\/s, burst 3000 B, on lan0/);
  ctl("add", "192.0.2.11", "233.252.0.1", "16");
  ctl("remove", "any", "233.252.0.0/24");
  const [row, ...rest] = JSON.parse(ctl("--json", "list").stdout) as object[];
  expect(rest).toEqual([]);
  expect(row).toMatchObject({ source: "192.0.2.11", maxTtl: 16 });
  expect(row).not.toHaveProperty("rateBytesPerSecond");
  expect(row).not.toHaveProperty("leaseSeconds");
});

it.each([
  [["add", "192.0.2.11", "233.252.0.1", "16", "--rate", "x"], '--rate: "x" is not an amount of bytes'],
  [["list", "--mac", MAC], "--mac belongs to add"],
])("musersctl answers %j with one sentence and exit code 2", (args, sentence) => {
  const result = ctl(...args);
  expect(result.stderr).toContain(sentence);
  expect(result.stderr.trim().split("\n")).toHaveLength(1);
  expect(result).toMatchObject({ status: 2, stdout: "" });
});
