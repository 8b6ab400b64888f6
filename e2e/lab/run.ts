// SPDX-License-Identifier: MIT
import { execFile } from "node:child_process";

/** Thrown when a system command of the lab fails. */
export class CommandError extends Error {
  readonly code = "COMMAND";
}

/** Runs a command with optional standard input and returns its standard output. */
export function run(command: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(new CommandError(`${command} ${args.join(" ")}: ${stderr.trim() || error.message}`, { cause: error }));
    });
    child.stdin?.on("error", () => undefined); // The command may end without reading; its exit code says whether that is wrong.
    child.stdin?.end(input ?? "");
  });
}

/** The arguments that make `nsenter` run a command in a network namespace. It execs, so that the process id is the command's. */
export function inNamespace(namespace: string, command: readonly string[]): string[] {
  return [`--net=/run/netns/${namespace}`, "--", ...command];
}

/** Runs a command in a network namespace; unlike `ip netns exec` it keeps the mount namespace. */
export function runIn(namespace: string, command: readonly string[], input?: string): Promise<string> {
  return run("nsenter", inNamespace(namespace, command), input);
}

/** Gives `ip` a list of commands, in a namespace or outside of all. */
export async function ip(commands: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ["-netns", namespace];
  await run("ip", [...where, "-batch", "-"], `${commands.join("\n")}\n`);
}
