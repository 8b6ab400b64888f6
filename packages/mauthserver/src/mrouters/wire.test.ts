// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import type { Limits, Sender } from "../grants/sender.ts";
import { changeOf, entryOf, isHeldAs } from "./wire.ts";

const sender = (limits?: Limits, more: Partial<Sender> = {}): Sender => ({
  key: "192.0.2.10>233.252.0.1",
  source: 0xc000020a,
  group: 0xe9fc0001,
  maxTtl: 16,
  ...(limits && { limits }),
  ...more,
});
const bare = { source: 0xc000020a, group: 0xe9fc0001, maxTtl: 16 };
const now = 1_000_000;

describe("a sender on the wire", () => {
  it.each<[string, Sender, object]>([
    ["nothing more", sender(), bare],
    ["a prefix", sender(undefined, { groupLength: 24 }), { ...bare, groupLength: 24 }],
    [
      "a rate",
      sender({ rate: { bytesPerSecond: 5, burstBytes: 7 } }),
      { ...bare, rateBytesPerSecond: 5, burstBytes: 7 },
    ],
    [
      "a place",
      sender({ interface: "lan0", mac: "00:00:5e:00:53:01" }),
      { ...bare, interface: "lan0", mac: "00:00:5e:00:53:01" },
    ],
    ["an end, in whole seconds, rounded up", sender({ expiresAt: now + 1001 }), { ...bare, leaseSeconds: 2 }],
    ["an end that has passed, for as short as there is", sender({ expiresAt: now - 9 }), { ...bare, leaseSeconds: 1 }],
    ["an end beyond the longest lease", sender({ expiresAt: now + 1e12 }), { ...bare, leaseSeconds: 2 ** 24 - 1 }],
  ])("has %s", (_, one, entry) => {
    expect(entryOf(one, now)).toEqual(entry);
    expect(changeOf(one, now)).toEqual({ command: "add", ...entry });
  });

  it("is removed by its name alone", () => {
    const absent = sender({ mac: "00:00:5e:00:53:01", expiresAt: now + 5000 }, { maxTtl: 0, groupLength: 24 });
    expect(changeOf(absent, now)).toEqual({ command: "remove", ...bare, maxTtl: 0, groupLength: 24 });
  });

  const limited = sender({ rate: { bytesPerSecond: 5, burstBytes: 7 }, interface: "lan0", expiresAt: now + 10_000 });
  const held = { ...bare, rateBytesPerSecond: 5, burstBytes: 7, interface: "lan0", leaseSeconds: 10 };
  it.each<[string, Sender, Parameters<typeof isHeldAs>[1], boolean]>([
    ["as it is", sender(), bare, true],
    ["with another TTL", sender(), { ...bare, maxTtl: 17 }, false],
    ["with a lease that nobody decided", sender(), { ...bare, leaseSeconds: 9 }, false],
    ["bound by nobody", sender(), { ...bare, mac: "00:00:5e:00:53:01" }, false],
    ["with its limits", limited, held, true],
    ["with less of its lease left", limited, { ...held, leaseSeconds: 1 }, true],
    ["with a lease that is too long", limited, { ...held, leaseSeconds: 13 }, false],
    ["without its lease", limited, { ...bare, rateBytesPerSecond: 5, burstBytes: 7, interface: "lan0" }, false],
    ["with another rate", limited, { ...held, rateBytesPerSecond: 6 }, false],
    ["with another burst", limited, { ...held, burstBytes: 8 }, false],
    ["at another interface", limited, { ...held, interface: "lan1" }, false],
    ["not at all", limited, undefined, false],
    ["although it shall be absent", sender(undefined, { maxTtl: 0 }), bare, false],
    ["not, as it shall", sender(undefined, { maxTtl: 0 }), undefined, true],
  ])("is held %s", (_, one, entry, isRight) => {
    expect(isHeldAs(one, entry, now)).toBe(isRight);
  });
});
