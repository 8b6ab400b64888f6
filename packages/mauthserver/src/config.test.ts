// SPDX-License-Identifier: MIT
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig, readConfig } from "./config.ts";

const least = `
listen = "127.0.0.1:8080"
store = "sqlite:/var/lib/mauth/mauth.db"
[sap]
interfaces = ["lan0"]
min_timeout = "1h"
[[mrouter]]
name = "edge-1"
address = "127.0.0.1:9874"
protocol = "v1"
networks = ["192.0.2.0/24"]
`;

describe("the configuration", () => {
  it("of the design is understood", () => {
    expect(parseConfig(least, "m.toml")).toEqual({
      listen: { type: "tcp", host: "127.0.0.1", port: 8080 },
      accounts: { required: false },
      insecure_listen: false,
      origins: ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"],
      store: { type: "sqlite", path: "/var/lib/mauth/mauth.db" },
      sap: { interfaces: ["lan0"], min_timeout: 3_600_000, ignore_deletions: false },
      mrouter: [{ name: "edge-1", address: "127.0.0.1:9874", protocol: "v1", networks: ["192.0.2.0/24"] }],
    });
  });

  it("of the example is understood, and shows the defaults", () => {
    const example = readConfig(path.join(import.meta.dirname, "../mauthserver.example.toml"));
    const { listen, origins, sap } = parseConfig('store = "memory:"', "m.toml");
    expect(example).toMatchObject({
      listen,
      origins,
      sap,
      mrouter: [{ name: "edge-1", key: "/etc/mauth/edge-1.key" }],
    });
  });

  it("needs nothing but a store", () => {
    expect(parseConfig('store = "memory:"', "m.toml")).toMatchObject({
      listen: { host: "127.0.0.1", port: 8080 },
      sap: { interfaces: [], min_timeout: 3_600_000 },
      mrouter: [],
    });
  });

  it("takes internal networks of IPv6 as well", () => {
    const text =
      'store = "memory:"\n[[mrouter]]\nname = "edge-1"\naddress = "127.0.0.1:9874"\nnetworks = ["192.0.2.0/24", "2001:db8:1::/64"]';
    expect(parseConfig(text, "m.toml").mrouter[0]?.networks).toEqual(["192.0.2.0/24", "2001:db8:1::/64"]);
  });

  it("may listen on a Unix socket behind a forwarder", () => {
    const config = parseConfig(
      'store = "memory:"\nlisten = "unix:/run/mauth/http.sock"\norigins = ["http://127.0.0.1:8080"]',
      "m.toml",
    );
    expect(config.listen).toEqual({ type: "unix", path: "/run/mauth/http.sock" });
    expect(config.origins).toEqual(["http://127.0.0.1:8080"]);
  });

  it.each([
    [["https://mauth.example"], true],
    [["http://127.0.0.1:8080", "https://203.0.113.5"], true],
    [["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"], false],
    [[], false],
  ])("needs a login behind a proxy that is reached as %j: %s", (origins, required) => {
    for (const listen of ["unix:/run/mauth/http.sock", "127.0.0.1:8080"]) {
      const text = `listen = "${listen}"\norigins = ${JSON.stringify(origins)}\nstore = "memory:"`;
      expect(parseConfig(text, "m.toml")).toMatchObject({ accounts: { required } });
    }
  });

  it("wants logins beyond loopback, over TLS unless told otherwise by name", () => {
    const tls = '[tls]\ncert = "c.pem"\nkey = "k.pem"';
    expect(parseConfig(`store = "memory:"\nlisten = "192.0.2.1:443"\n${tls}`, "m.toml")).toMatchObject({
      origins: ["https://192.0.2.1"],
      accounts: { required: true },
    });
    const insecure = 'store = "memory:"\nlisten = "192.0.2.1:80"\ninsecure_listen = true';
    expect(parseConfig(insecure, "m.toml")).toMatchObject({
      origins: ["http://192.0.2.1"],
      accounts: { required: true },
    });
    expect(parseConfig('store = "memory:"\n[accounts]\nrequired = true', "m.toml")).toMatchObject({
      accounts: { required: true },
    });
  });

  it.each([
    ["", 'm.toml: store is missing: it must be "sqlite:/path/of/the.db" or "memory:"'],
    ['store = "postgres:"', 'm.toml: store must be "sqlite:/path/of/the.db" or "memory:"'],
    ['store = "memory:"\nlistn = "x"', 'm.toml: unknown key "listn"'],
    ['store = "memory:"\n[sap]\ninterface = "x"\nport = 1', 'm.toml: unknown keys "sap.interface", "sap.port"'],
    ['store = "memory:"\nlisten = "8080"', 'm.toml: listen must be "host:port" or "unix:/path"'],
    ['store = "memory:"\nlisten = 8080', 'm.toml: listen must be "host:port" or "unix:/path"'],
    ['store = "memory:"\nlisten = "127.0.0.1:65536"', 'm.toml: listen must be "host:port" or "unix:/path"'],
    [
      'store = "memory:"\nlisten = "0.0.0.0:8080"',
      'm.toml: listen must be a loopback address such as "127.0.0.1:8080" or "unix:/path" as long as there is no [tls]: passwords would cross the network in the clear, which only insecure_listen = true accepts',
    ],
    [
      'store = "memory:"\nlisten = "[::]:443"\n[tls]\ncert = "c"\nkey = "k"',
      "m.toml: origins is missing: listen is every address of this host, and origins must name those under which browsers open the console",
    ],
    ['store = "memory:"\n[tls]\ncert = "c"', "m.toml: tls.key is missing: it must be the path of a file"],
    [
      'store = "memory:"\norigins = ["http://127.0.0.1:8080/"]',
      'm.toml: origins[0] must be an origin such as "http://127.0.0.1:8080", without a path',
    ],
    [
      'store = "memory:"\n[sap]\nmin_timeout = "1 hour"',
      'm.toml: sap.min_timeout must be a duration such as "90s" or "1h"',
    ],
    [
      least.replace("edge-1", "a b"),
      "m.toml: mrouter[0].name must be 1 to 63 letters, digits, dots, hyphens or underscores",
    ],
    [least.replace(':9874"', ':0"'), 'm.toml: mrouter[0].address must be "host:port" with a port from 1 to 65535'],
    [least.replace('"v1"', '"v3"'), 'm.toml: mrouter[0].protocol must be "v1" or "v2"'],
    [
      least.replace("2.0/24", "2.1/24"),
      "m.toml: mrouter[0].networks[0] must be a prefix such as 192.0.2.0/24 or 2001:db8::/32, without host bits",
    ],
    [least.replace('["192.0.2.0/24"]', "[]"), "m.toml: mrouter[0].networks must name at least one prefix"],
    [
      `${least}[[mrouter]]\nname = "edge-1"\naddress = "127.0.0.1:9875"\nnetworks = ["198.51.100.0/24"]`,
      'm.toml: mrouter.name must be unique: "edge-1" is there twice',
    ],
    ["store = ", "m.toml: line 1: Invalid TOML document: "],
  ])("%j is refused with one sentence", (content, sentence) => {
    expect(() => parseConfig(content, "m.toml")).toThrow(sentence);
  });

  it("that cannot be read is refused with one sentence", () => {
    expect(() => readConfig("/nonexistent/m.toml")).toThrow("cannot read /nonexistent/m.toml: there is no such file");
    expect(() => readConfig("/tmp")).toThrow("cannot read /tmp: it is a directory");
  });
});
