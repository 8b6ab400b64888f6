// SPDX-License-Identifier: MIT
import { describe, expect, it } from "vitest";
import { Admission } from "./admission.ts";

const admission = new Admission(["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"]);

describe("admission without accounts", () => {
  it.each([
    ["our console", "http://127.0.0.1:8080", "127.0.0.1:8080", undefined],
    ["our console by name", "http://localhost:8080", "localhost:8080", undefined],
    ["our console over IPv6", "http://[::1]:8080", "[::1]:8080", undefined],
    ["a program that is no browser", undefined, "127.0.0.1:8080", undefined],
    ["another site", "https://evil.example", "127.0.0.1:8080", "origin"],
    ["another port of this host", "http://127.0.0.1:8081", "127.0.0.1:8080", "origin"],
    ["another scheme", "https://127.0.0.1:8080", "127.0.0.1:8080", "origin"],
    ["a sandboxed page", "null", "127.0.0.1:8080", "origin"],
    ["an origin that begins like ours", "http://127.0.0.1:8080.evil.example", "127.0.0.1:8080", "origin"],
    ["a name that was made to point here", "http://evil.example:8080", "evil.example:8080", "host"],
    ["a rebound name without an origin", undefined, "evil.example:8080", "host"],
    ["no host at all", undefined, undefined, "host"],
    ["another port in the host", undefined, "127.0.0.1", "host"],
  ])("%s: %s to %s", (_, origin, host, refusal) => {
    expect(admission.refusal({ origin, host })).toBe(refusal);
  });
});
