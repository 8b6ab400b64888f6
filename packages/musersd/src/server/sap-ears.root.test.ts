// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestMrouter } from "../../test/mrouter.ts";

const HEAR = fileURLToPath(new URL("../../test/hear.ts", import.meta.url));

/** Sends texts to the SAP port of a group. */
function sender(family: "AF_INET" | "AF_INET6", group: string, texts: string[]): string {
  return `
import socket
s = socket.socket(socket.${family}, socket.SOCK_DGRAM)
if s.family == socket.AF_INET6:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("h0"))
else:
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.11"))
for text in ${JSON.stringify(texts)}: s.sendto(text.encode(), ("${group}", 9875))
`;
}

let mrouter: TestMrouter;
beforeAll(() => {
  mrouter = new TestMrouter("e");
  mrouter.inMrouter("ip", "addr", "add", "2001:db8::1/64", "dev", "lan0", "nodad");
  mrouter.inHost("ip", "addr", "add", "2001:db8::b/64", "dev", "h0", "nodad");
});
afterAll(() => mrouter.close());

it.each([
  ["AF_INET", "224.2.127.254", "192.0.2.11"],
  ["AF_INET6", "ff05::2:7ffe", "2001:db8::b"],
  ["AF_INET6", "ff0e::2:7ffe", "2001:db8::b"],
] as const)("[V2-38] hears %s announcements to %s with source and interface", async (family, group, source) => {
  const command = [`--net=/run/netns/${mrouter.name}`, process.execPath, HEAR, group, "2"];
  const ears = spawn("nsenter", command, { stdio: ["ignore", "pipe", "inherit"] });
  const lines: unknown[] = [];
  const ended = once(ears, "close");
  for await (const line of createInterface({ input: ears.stdout })) {
    lines.push(JSON.parse(line));
    if (lines.length === 1) mrouter.inHost("python3", "-c", sender(family, group, ["one", "two"]));
  }
  await ended;
  const heard = { source, group, interface: "lan0" };
  expect(lines).toEqual(["listening", { ...heard, text: "one" }, { ...heard, text: "two" }]);
});
