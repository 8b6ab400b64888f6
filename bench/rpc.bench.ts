// SPDX-License-Identifier: MIT
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { TestMrouter } from "../packages/musersd/test/mrouter.ts";
import { rowOf } from "./row.ts";
import type { Bench } from "./row.ts";

const ROUNDS = 5;
const CALL_SECONDS = 1;
const SENDERS = 100_000;
const ECHO_PORT = 9873;
const PROXY_PORT = 9872;
const MUSERSD_PORT = 9874;

const directory = join(import.meta.dirname, "rpc");

/** Measures both protocols against a musersd with the real filter, in a network namespace. */
export const bench: Bench = async (progress) => {
  const mrouter = new TestMrouter("b");
  const children: ChildProcess[] = [];
  const start = async (...command: string[]): Promise<void> => {
    const child = spawn("nsenter", [`--net=/run/netns/${mrouter.name}`, ...command]);
    children.push(child);
    await once(child.stdout, "data");
  };
  try {
    const program = join(mrouter.directory, "v1_window1");
    execFileSync("cc", ["-O2", "-o", program, join(directory, "v1_window1.c")]);
    await mrouter.start();
    await start(program, "echo", String(ECHO_PORT));
    await start(
      process.execPath,
      join(directory, "lossy-proxy.ts"),
      `${PROXY_PORT}`,
      `${MUSERSD_PORT}`,
      "20",
      "5",
      "1",
    );

    const rounds = { echo: [] as number[], v1: [] as number[], apply: [] as number[], lossy: [] as number[] };
    const callsPerSecond = (port: number): number =>
      Number(mrouter.inMrouter(program, "call", String(port), String(CALL_SECONDS)).split(" ")[0]);
    const applyMs = (port: number): number => {
      const command = [process.execPath, "--expose-gc", join(directory, "apply.ts"), `${port}`, `${SENDERS}`];
      return (JSON.parse(mrouter.inMrouter(...command)) as { addMs: number }).addMs;
    };
    for (let round = 0; round < ROUNDS; round++) {
      progress(`round ${round + 1} of ${ROUNDS}`);
      rounds.echo.push(callsPerSecond(ECHO_PORT));
      rounds.v1.push(callsPerSecond(MUSERSD_PORT));
      rounds.apply.push(applyMs(MUSERSD_PORT) / 1000);
      rounds.lossy.push(applyMs(PROXY_PORT) / 1000);
    }
    const v1 = { bench: "rpc", what: "v1 calls, window 1", unit: "calls/s" };
    return [
      rowOf(v1, rounds.v1, { beside: "C echo", rounds: rounds.echo }),
      rowOf({ bench: "rpc", what: "v2 apply of 100k senders, loopback", unit: "s" }, rounds.apply),
      rowOf({ bench: "rpc", what: "v2 apply of 100k senders, 20 ms and 5 % loss each way", unit: "s" }, rounds.lossy),
    ];
  } finally {
    for (const child of children) child.kill("SIGKILL");
    mrouter.close();
  }
};
