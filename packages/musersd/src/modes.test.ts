// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseConfig } from "./config.ts";
import type { Attachment } from "./filter/filter.ts";
import { MemoryFilter } from "./filter/memory-filter.ts";
import { configuredMode, modesPath, parseModes, readModes } from "./modes.ts";
import { Modes } from "./server/modes.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "modes-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** lan0 is enforced by the configuration, lan1 monitored. */
function start() {
  const toml = `interfaces = ["lan*"]\nmonitor = ["lan1"]\nstate_dir = "${directory}"\n`;
  const config = parseConfig(toml, "m.toml");
  const filter = new MemoryFilter({ sendersMax: 9 });
  filter.setInterfaces([link("lan0", 2), link("lan1", 3)]);
  const monitored = () => filter.interfaces().flatMap((one) => (one.isMonitored ? one.name : []));
  return { config, filter, monitored, modes: new Modes(config, filter), path: modesPath(config) };
}

function link(name: string, ifindex: number): Attachment {
  return { name, ifindex, isAttached: true, isMonitored: name === "lan1", hasEthernet: true };
}

describe("modes set by command", () => {
  it("[V2-39] switch the filter and are remembered, but not what is as configured", () => {
    const { modes, monitored, path } = start();
    expect(modes.set("lan0", "monitor")).toBeUndefined();
    expect(modes.set("lan1", "enforce")).toBeUndefined();
    expect(monitored()).toEqual(["lan0"]);
    expect(readFileSync(path, "utf8")).toBe("lan0 monitor\nlan1 enforce\n");
    expect(modes.set("lan1", "monitor")).toBeUndefined();
    expect(modes.set("lan0", "enforce")).toBeUndefined();
    expect(monitored()).toEqual(["lan1"]);
    expect(readFileSync(path, "utf8")).toBe("");
    modes.close();
  });

  it("[V2-39] exist only for interfaces that exist", () => {
    const { modes, monitored } = start();
    expect(modes.set("lan2", "monitor")).toBe("no-interface");
    expect(monitored()).toEqual(["lan1"]);
    modes.close();
  });

  it("[V2-39] outlive the process, and what undid one is undone", () => {
    const before = start();
    before.modes.set("lan0", "monitor");
    before.modes.close();
    const { modes, monitored, path, config } = start();
    expect(monitored()).toEqual(["lan1"]);
    modes.uphold();
    expect(monitored()).toEqual(["lan0", "lan1"]);
    expect(readModes(path).get("lan0") ?? configuredMode(config, "lan0")).toBe("monitor");
    modes.close();
  });

  it("stay as they were when the file cannot be written", () => {
    const { modes, monitored } = start();
    // What is closed cannot be written.
    modes.close();
    expect(modes.set("lan0", "monitor")).toBe("kernel-failure");
    expect(monitored()).toEqual(["lan1"]);
  });

  it("are read from a file whatever it holds", () => {
    const text = "lan0 monitor\nlan0 enforce\nlan1 off\n\0\nlan/2 monitor\nlan3 monitor x\nlan4 enforce";
    expect(Object.fromEntries(parseModes(text))).toEqual({ lan0: "monitor", lan4: "enforce" });
    expect(parseModes("lan0 monitor\n".repeat(5000)).size).toBe(1);
    expect(readModes(join(directory, "none"))).toEqual(new Map());
    writeFileSync(join(directory, "modes"), Uint8Array.of(0xff, 0xfe));
    expect(readModes(join(directory, "modes"))).toEqual(new Map());
  });
});
