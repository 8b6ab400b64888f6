// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestMrouter } from "../test/mrouter.ts";
import { allowedCalls, tracedCalls, unitPath, valuesOf } from "../test/units.ts";

/* The systemd units, without a systemd that runs them: what it thinks of them, and whether they let the parts do what they do. */
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const UNITS = ["musersd-gate.service", "musersd-loader.service", "musersd.service"] as const;
const TIMEOUT_MS = 180_000;
/** A user that every Debian has; the units have musersd. */
const USER = "daemon";

let mrouter: TestMrouter;
beforeEach(() => (mrouter = new TestMrouter()));
afterEach(() => {
  // What strace follows outlives it.
  for (const pid of mrouter.pids()) process.kill(Number(pid), "SIGKILL");
  mrouter.close();
});

describe("systemd", () => {
  it("reads the units without a complaint", () => {
    const directory = join(mrouter.directory, "units");
    mkdirSync(directory);
    const paths = UNITS.map((name) => join(directory, name));
    for (const [index, path] of paths.entries())
      writeFileSync(path, readFileSync(unitPath(UNITS[index] ?? ""), "utf8").replaceAll("/opt/mauth/", ROOT));
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...paths], {
      encoding: "utf8",
      env: { ...process.env, SYSTEMD_LOG_LEVEL: "warning" },
    });
    const ours = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("musersd"));
    expect({ status, ours }).toEqual({ status: 0, ours: [] });
  });

  it.each([
    ["musersd-gate.service", 40],
    ["musersd-loader.service", 46],
    ["musersd.service", 15],
  ])("finds %s exposed by at most %d of 100", (name, exposure) => {
    const args = ["security", "--offline=yes", "--no-pager", `--threshold=${exposure}`, unitPath(name)];
    const { status, stdout } = spawnSync("systemd-analyze", args, { encoding: "utf8" });
    expect({ status, last: stdout.trim().split("\n").at(-1) }).toMatchObject({ status: 0 });
  });
});

/** strace itself is deaf to signals. */
function pidOf(trace: string): number {
  return Number.parseInt(readFileSync(trace, "utf8"), 10);
}

function refused(unit: string, trace: string): string[] {
  const allowed = allowedCalls(unit);
  return [...tracedCalls(trace)].filter((call) => !allowed.has(call)).sort();
}

/** Runs a part with the capabilities that its unit leaves, and notes its system calls. */
function confined(part: string, unit: string, user: readonly string[] = []): { command: string[]; trace: string } {
  const [capabilities = ""] = valuesOf(unit, "CapabilityBoundingSet");
  const kept = capabilities
    .split(" ")
    .flatMap((name) => (name === "" ? [] : [`+${name.replace("CAP_", "").toLowerCase()}`]));
  const trace = join(mrouter.directory, "traces", part);
  const privileges = ["setpriv", "--no-new-privs", "--inh-caps=-all", `--bounding-set=${["-all", ...kept].join(",")}`];
  return { command: [...privileges, ...user, "strace", "-f", "-qq", "-o", trace], trace };
}

describe("what the units allow", () => {
  it(
    "is enough for each part, from the gate to a sender in the kernel",
    async () => {
      chmodSync(mrouter.directory, 0o711);
      mkdirSync(join(mrouter.directory, "traces"));
      chmodSync(join(mrouter.directory, "traces"), 0o777);
      const config = mrouter.writeConfig([`user = "${USER}"`]);

      const gate = confined("gate", "musersd-gate.service");
      expect(await mrouter.runToEnd(["--config", config, "--part", "gate"], gate.command)).toEqual({
        code: 0,
        stderr: "",
      });
      expect(mrouter.inMrouter("nft", "list", "tables")).toContain("mauth_gate");
      expect(refused("musersd-gate.service", gate.trace)).toEqual([]);

      // Of a trial by hand before there were units.
      for (const name of ["term", "slots", "modes"])
        writeFileSync(join(mrouter.directory, "state", name), "", { mode: 0o600 });
      const loading = confined("loader", "musersd-loader.service");
      const loader = mrouter.startPart("loader", config, loading.command);
      await loader.waitFor(({ msg }) => String(msg).startsWith("gate opened"), "the gate is opened");
      await loader.waitFor(({ msg }) => msg === "state shared", "the pins are there for the serving part");
      expect(loader.lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);

      const ifindexBefore = loader.lines.find(({ msg }) => msg === "filter attached")?.["ifindex"];

      const term = join(mrouter.directory, "state", "term");
      const asUser = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"];
      chownSync(term, 0, 0);
      expect(await mrouter.runToEnd(["--config", config, "--part", "server"], asUser)).toEqual({
        code: 1,
        stderr: `musersd: cannot use ${term}: it belongs to root and musersd runs as ${USER}: chown ${USER} ${term}\n`,
      });
      execFileSync("chown", [USER, term]);

      const serving = confined("server", "musersd.service", [`--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"]);
      const server = mrouter.startPart("server", config, serving.command);
      await server.waitFor(({ msg }) => msg === "serving", "the serving part serves");
      mrouter.ctl("add", "192.0.2.11", "233.252.0.1", "16");
      expect(mrouter.ctl("--json", "list")).toContain("233.252.0.1");
      expect(mrouter.ctl("status")).toContain("lan0");
      mrouter.ctl("mode", "lan0", "monitor");
      mrouter.unplug();
      mrouter.plugIn();
      await loader.waitFor(
        ({ msg, ifindex }) => msg === "filter attached" && ifindex !== ifindexBefore,
        "the loader, which has to read the modes that the serving part has written, attaches again",
      );
      expect(await server.end("SIGTERM", pidOf(serving.trace))).toBe(0);
      expect(await loader.end("SIGTERM", pidOf(loading.trace))).toBe(0);
      expect(refused("musersd-loader.service", loading.trace)).toEqual([]);
      expect(refused("musersd.service", serving.trace)).toEqual([]);
      expect([...tracedCalls(serving.trace)]).toContain("bpf");
    },
    TIMEOUT_MS,
  );
});
