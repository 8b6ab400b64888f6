// SPDX-License-Identifier: MIT
import { parseArgs } from "node:util";
import { SCENES, type SceneName } from "./scene.ts";
import { FakeServer } from "./server.ts";

const HELP = `Serves the console with invented sessions, mrouters and refused senders; needs no root and no network.

usage: node packages/mauthclient/dev/fake-server/main.ts [options]

  --port N          TCP port on 127.0.0.1 (default 8090; 0 = any free one)
  --scene NAME      ${Object.keys(SCENES).join(" | ")} (default lively)
  --sessions N      announced sessions (default 24, at most 100000)
  --seed N          of the invented data (default 1)
  --help

The scene acts like mauthserver: a permit takes effect, a revoke, too. Three groups are special:
  233.252.0.253     every request is refused (ERROR)
  233.252.0.254     no request is answered (outcome unknown)
  233.252.0.255     the grant stays pending for ten seconds
`;

function fail(message: string): never {
  process.stderr.write(`fake-server: ${message}\n`);
  process.exit(2);
}

function integer(text: string, name: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) fail(`--${name} must be a whole number up to ${max}, not "${text}"`);
  return value;
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        port: { type: "string", default: "8090" },
        scene: { type: "string", default: "lively" },
        sessions: { type: "string", default: "24" },
        seed: { type: "string", default: "1" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

const options = readOptions();
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
if (!Object.hasOwn(SCENES, options.scene)) fail(`there is no scene "${options.scene}"; see --help`);
const server = new FakeServer({
  // Checked on the line above.
  scene: options.scene as SceneName,
  sessions: integer(options.sessions, "sessions", 100_000),
  seed: integer(options.seed, "seed", 2 ** 31),
});
const port = await server.listen(integer(options.port, "port", 65_535));
process.stdout.write(`fake mauthserver on http://127.0.0.1:${port}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void server.close());
