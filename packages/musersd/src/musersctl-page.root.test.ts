// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { TestMrouter } from "../test/mrouter.ts";

/* docs/musersctl.md against a running musersd: every command that it shows is run, in its order. */
const PAGE = readFileSync(new URL("../../../docs/musersctl.md", import.meta.url), "utf8");
const CTL = fileURLToPath(new URL("musersctl.ts", import.meta.url));
const TIMEOUT_MS = 180_000;
const SEND = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.11"))
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
for _ in range(3): s.sendto(b"x", ("233.252.0.5", 5004))
`;

interface Shown {
  readonly command: string;
  readonly output: string;
}

/** The commands of the page, each with what the page says that it prints. */
function shown(): Shown[] {
  const blocks = Array.from(PAGE.matchAll(/```console\n(.*?)```/gs), ([, text = ""]) => text);
  return blocks
    .flatMap((text) => text.split(/^\$ /m).slice(1))
    .map((text) => {
      const [command = "", ...output] = text.split("\n");
      return { command, output: output.join("\n").trimEnd() };
    });
}

/** What differs from one run to the next: ages, keys, and counts of what the machine sends by itself. */
function steady(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{64}/g, "KEY")
    .replaceAll(/\b\d+ (?:ms|s|min|h)\b/g, "AGE")
    .replaceAll(/(?<=^(?:passed|refused|dropped) +).*/gm, "COUNTS")
    .replaceAll(/ {2,}/g, "  ")
    .trimEnd();
}

it(
  "every command that docs/musersctl.md shows prints what it says",
  async () => {
    const mrouter = new TestMrouter();
    try {
      await mrouter.start();
      mrouter.inHost("python3", "-c", SEND);
      const run = (command: string): Shown => {
        const args = command.split(" ").slice(1);
        const child = spawnSync("nsenter", [`--net=/run/netns/${mrouter.name}`, process.execPath, CTL, ...args], {
          encoding: "utf8",
        });
        return { command, output: `${child.stdout}${child.stderr}`.trimEnd() };
      };
      const all = shown();
      expect(all.length).toBeGreaterThan(15);
      for (const one of all) {
        const { output } = run(one.command);
        expect({ command: one.command, output: steady(output) }).toEqual({ ...one, output: steady(one.output) });
      }
    } finally {
      mrouter.close();
    }
  },
  TIMEOUT_MS,
);
