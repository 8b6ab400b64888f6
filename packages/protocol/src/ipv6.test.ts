// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { formatIpv6, parseIpv6 } from "./ipv6.ts";

it.each([
  // RFC 5952 §4 and RFC 4291 §2.2
  ["2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["FF02::2:7FFE", "ff02::2:7ffe"],
  ["::ffff:192.0.2.1", "::ffff:c000:201"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
])("%s is written %s", (text, canonical) => {
  const address = parseIpv6(text);
  expect(typeof address).toBe("bigint");
  expect(formatIpv6(address ?? 0n)).toBe(canonical);
});

it.each([
  "",
  ":",
  ":::",
  "1",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1::2::3",
  "12345::",
  "g::",
  "::1%lan0",
  "1:2:3:4:5:6:7:8::",
  "::1.2.3",
  "1.2.3.4::",
  "192.0.2.1",
])("%j is no IPv6 address", (text) => {
  expect(parseIpv6(text)).toBeUndefined();
});
