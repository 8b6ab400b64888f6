// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { parseConfig, readConfig } from "./config.ts";

const LEAST = 'interfaces = ["lan0"]\n';

describe("musersd.toml", () => {
  it("needs nothing but the internal interfaces", () => {
    expect(parseConfig(LEAST, "m.toml")).toEqual({
      listen: { address: "127.0.0.1", port: 9874 },
      interfaces: ["lan0"],
      filter: "bpf",
      mode: "enforce",
      monitor: [],
      observed: [
        0xe0027ffe,
        0xefffffff,
        0xefc3ffff,
        0xff050000000000000000000000027ffen,
        0xff080000000000000000000000027ffen,
        0xff0e0000000000000000000000027ffen,
      ],
      sendersMax: 262_144,
      stateDir: "/run/musersd",
      user: "",
      pimNeighbours: [],
      mauthConf: "",
      mauthConfAtStop: "keep",
      v1Allow: [
        { network: 0x7f000001, length: 32 },
        { network: 1n, length: 128 },
      ],
      v2Keys: "",
    });
  });

  it.each([
    ["", 'm.toml: interfaces: must be a list of the internal interfaces, such as ["lan0"]'],
    ["interfaces = []", "m.toml: interfaces: must name at least one interface"],
    ['interfaces = "lan0"', 'm.toml: interfaces: must be a list of the internal interfaces, such as ["lan0"]'],
    ['interfaces = ["lan 0"]', "m.toml: interfaces.0: must be an interface name or a pattern such as vlan*"],
    [`${LEAST}colour = 1`, "m.toml: unknown key colour; the documentation of musersd lists all keys"],
    [`${LEAST}[v1]\ndeny = []`, "m.toml: unknown key v1.deny; the documentation of musersd lists all keys"],
    [
      `${LEAST}listen = "9874"`,
      'm.toml: listen: must be an address and a port, such as "127.0.0.1:9874" or "[2001:db8::1]:9874"',
    ],
    [
      `${LEAST}listen = "127.0.0.1:65536"`,
      'm.toml: listen: must be an address and a port, such as "127.0.0.1:9874" or "[2001:db8::1]:9874"',
    ],
    [`${LEAST}listen = 9874`, "m.toml: listen: must be a string"],
    [`${LEAST}filter = "nft"`, 'm.toml: filter: must be "bpf", "module" or "memory"'],
    [`${LEAST}mode = "off"`, 'm.toml: mode: must be "enforce" or "monitor"'],
    [`${LEAST}monitor = "lan1"`, 'm.toml: monitor: must be a list of internal interfaces, such as ["lan1"]'],
    [`${LEAST}observed = ["192.0.2.1"]`, "m.toml: observed.0: must be a multicast address such as 239.255.255.255"],
    [`${LEAST}pim_neighbours = ["224.0.0.13"]`, "m.toml: pim_neighbours.0: must be a unicast address"],
    [`${LEAST}senders_max = 1.5`, "m.toml: senders_max: must be a whole number"],
    [`${LEAST}senders_max = 99999999`, "m.toml: senders_max: may be at most 4194304"],
    [`${LEAST}state_dir = "run"`, "m.toml: state_dir: must be an absolute path"],
    [
      `${LEAST}[v1]\nallow = ["192.0.2.1/24"]`,
      "m.toml: v1.allow.0: must be a prefix such as 192.0.2.0/24 or 2001:db8::/64",
    ],
    ["interfaces = [", "m.toml:1: not TOML"],
  ])("answers %j with one sentence", (toml, sentence) => {
    expect(() => parseConfig(toml, "m.toml")).toThrow(sentence);
  });

  it("names a file that is not there", () => {
    expect(() => readConfig("/nonexistent/m.toml")).toThrow(
      "cannot read the configuration /nonexistent/m.toml: there is no such file",
    );
  });
});
