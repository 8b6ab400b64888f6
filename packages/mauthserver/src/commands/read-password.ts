// SPDX-License-Identifier: MIT
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { UsageError } from "../errors.ts";

/** Bytes of standard input that may be a password. */
const INPUT_LENGTH_MAX = 4096;

/** Reads one line from standard input; a terminal does not show it. */
export async function readPassword(): Promise<string> {
  const line = process.stdin.isTTY ? await ask() : await readLine();
  if (line === "") throw new UsageError("the password is read from standard input, and there is none");
  return line;
}

async function ask(): Promise<string> {
  process.stderr.write("Password: ");
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}

async function readLine(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    text += String(chunk);
    if (text.includes("\n") || text.length > INPUT_LENGTH_MAX) break;
  }
  return text.split(/\r?\n/)[0] ?? "";
}
