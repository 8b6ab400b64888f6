// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { standingOf } from "./standing.ts";
import type { Standing } from "./standing.ts";

const fine: Standing = {
  name: "edge-1",
  address: "198.51.100.1:9874",
  protocol: "v2",
  presence: "online",
  refusal: undefined,
  answersV1Only: false,
  term: undefined,
  failure: undefined,
  failed: 0,
  sendersMax: 262_144,
};

it.each<[string, Partial<Standing>, string, RegExp | undefined]>([
  ["says nothing of one that is as it should be", {}, "online", undefined],
  ["waits for one that was not heard yet", { presence: "connecting" }, "connecting", undefined],
  [
    "names the address of a silent one",
    { presence: "offline" },
    "offline",
    /listens at 198\.51\.100\.1:9874, and that the key/,
  ],
  ["names the allow list of a silent one over v1", { presence: "offline", protocol: "v1" }, "offline", /\[v1\] allow/],
  ["says that drift is being mended", { presence: "drifted" }, "drifted", /being brought back/],
  ["tells of another server", { refusal: "stale-term", term: 9 }, "foreign", /another mauthserver.*term 9/],
  [
    "tells of another server although senders wait",
    { refusal: "stale-term", presence: "drifted" },
    "foreign",
    /restart/,
  ],
  ["tells of another key", { presence: "offline", answersV1Only: true }, "foreign", /not to our key/],
  ["tells of another key at the start", { presence: "connecting", answersV1Only: true }, "foreign", /key file/],
  [
    "does not ask a v1 mrouter for a key",
    { presence: "offline", protocol: "v1", answersV1Only: true },
    "offline",
    /silent/,
  ],
  ["tells of an old musersd", { failure: "unsupported", failed: 1 }, "version", /upgrade/],
  ["tells of an old musersd by its answer", { refusal: "unsupported" }, "version", /too old/],
  [
    "tells of a full filter, and how large it is",
    { failure: "full", failed: 3 },
    "full",
    /no room for 3 senders.*262144/,
  ],
  [
    "tells of a full filter of unknown size",
    { failure: "full", failed: 3, sendersMax: undefined },
    "full",
    /raise senders_max in/,
  ],
  ["tells of a kernel without memory", { failure: "no-memory", failed: 3 }, "full", /no room/],
  [
    "tells why the kernel refuses",
    { failure: "not-permitted", failed: 2 },
    "drifted",
    /refuses 2 senders: the kernel does not let/,
  ],
  ["hides a full filter behind silence", { failure: "full", failed: 3, presence: "offline" }, "offline", /silent/],
])("%s", (_, more, state, trouble) => {
  const verdict = standingOf({ ...fine, ...more });
  expect(verdict.state).toBe(state);
  if (trouble === undefined) expect(verdict.trouble).toBe(undefined);
  else expect(verdict.trouble).toMatch(trouble);
});
