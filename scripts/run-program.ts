// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Ended } from "./results.ts";

export interface Program {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** A program that takes longer hangs, and is ended. */
  readonly limitMs: number;
}

/**
 * Runs a program to its end. It gets a process group of its own, and what ends this process is passed on to all of it:
 * a test's worker can then close its lab.
 */
export function runProgram({ command, env, limitMs }: Program): Promise<Ended> {
  const [file = "", ...args] = command;
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(file, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const signalAll = (signal: NodeJS.Signals) => {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    };
    const timer = setTimeout(() => {
      output += `\nthe suite was ended after ${limitMs / 1000} s\n`;
      signalAll("SIGTERM");
    }, limitMs);
    const stopListening = passOn(signalAll);
    child.stdout.on("data", (text: Buffer) => (output += text.toString()));
    child.stderr.on("data", (text: Buffer) => (output += text.toString()));
    child.on("error", (error) => (output += `${error.message}\n`));
    child.on("close", (code) => {
      clearTimeout(timer);
      stopListening();
      resolve({ exitCode: code ?? 1, output });
    });
  });
}

/** Passes signals on. What it returns undoes it, and ends this process too if there was one. */
function passOn(signalAll: (signal: NodeJS.Signals) => void): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  let received: NodeJS.Signals | undefined;
  const listener = (signal: NodeJS.Signals) => {
    received = signal;
    signalAll(signal);
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
    if (received !== undefined) process.exit(128 + constants.signals[received]);
  };
}
