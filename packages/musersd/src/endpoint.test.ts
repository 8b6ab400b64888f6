// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { formatEndpoint, parseEndpoint } from "./endpoint.ts";

it.each([
  ["192.0.2.1:9874", "192.0.2.1", 9874],
  ["[2001:db8::1]:9874", "2001:db8::1", 9874],
  ["[::]:1", "::", 1],
  ["[::1]:65535", "::1", 65_535],
])("reads %s, and writes it again", (text, address, port) => {
  expect(parseEndpoint(text)).toEqual({ address, port });
  expect(formatEndpoint({ address, port })).toBe(text);
});

it.each([
  "",
  "9874",
  "192.0.2.1",
  "192.0.2.1:",
  "192.0.2.1:0",
  "192.0.2.1:09874",
  "192.0.2.1:65536",
  "192.0.2.01:9874",
  "[192.0.2.1]:9874",
  "2001:db8::1:9874",
  "[2001:db8::1]",
  "[2001:db8::1]9874",
  "[2001:db8::1:9874",
  "[fe80::1%lan0]:9874",
  "[]:9874",
  "lan0:9874",
  "[2001:db8::1]:9874 ",
])("%j is no endpoint", (text) => {
  expect(parseEndpoint(text)).toBe(undefined);
});
