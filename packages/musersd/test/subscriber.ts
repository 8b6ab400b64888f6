// SPDX-License-Identifier: MIT
/* Subscribes to musersd on loopback, lets the host named on the command line send, and prints the first event of each class and family. */
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { formatAddress } from "@mauth/protocol/address";
import { nodeCrypto, nodeRandom } from "@mauth/protocol/node-crypto";
import { V2Caller } from "@mauth/protocol/rpc";
import { NULL_KEY, NULL_KEY_ID } from "@mauth/protocol/v2";
import type { V2Event } from "@mauth/protocol/v2";

const SEND = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.11"))
s.sendto(b"hello", ("239.255.255.255", 9875))
s.sendto(b"rogue", ("233.252.0.9", 5004))
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("h0"))
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 8)
s.sendto(b"hello", ("ff05::2:7ffe", 9875))
s.sendto(b"rogue", ("ff3e::8000:9", 5004))
`;

const [host = ""] = process.argv.slice(2);
const socket = createSocket("udp4");
const lines = new Map<string, string>();
const nowMs = (): number => performance.now();
let timer: NodeJS.Timeout | undefined;

const caller: V2Caller = new V2Caller(
  { keyId: NULL_KEY_ID, key: NULL_KEY, crypto: nodeCrypto, random: nodeRandom },
  {
    send: (bytes) => socket.send(bytes),
    nowMs,
    onEvent: (event) => {
      const { group } = event.class === "denied" ? event.row : event;
      lines.set(`${typeof group === "number" ? 4 : 6} ${event.class}`, format(event));
      if (lines.size === 4) finish();
    },
    onDeadline: () => {
      clearTimeout(timer);
      const deadlineMs = caller.client.nextDeadlineMs;
      if (deadlineMs !== undefined) timer = setTimeout(() => caller.tick(nowMs()), Math.max(0, deadlineMs - nowMs()));
    },
  },
);

function format(event: V2Event): string {
  if (event.class === "denied")
    return `denied ${event.row.interface} ${formatAddress(event.row.source)} ${formatAddress(event.row.group)} ${event.row.reason}`;
  const text = new TextDecoder().decode(event.bytes);
  return `sap ${event.interface} ${formatAddress(event.source)} ${formatAddress(event.group)} ${text}`;
}

function finish(): void {
  const sorted = [...lines].toSorted(([a], [b]) => a.localeCompare(b));
  process.stdout.write(sorted.map(([, line]) => `${line}\n`).join(""));
  process.exit(0);
}

socket.on("message", (bytes) => caller.receive(bytes, nowMs()));
socket.connect(9874, "127.0.0.1", () => {
  caller.connect(nowMs());
  void subscribe();
});

async function subscribe(): Promise<void> {
  await caller.call<"subscribe">({
    op: "subscribe",
    classes: ["denied", "sap"],
    leaseSeconds: 30,
    eventsPerSecondMax: 100,
  });
  execFileSync("nsenter", [`--net=/run/netns/${host}`, "python3", "-c", SEND]);
}
