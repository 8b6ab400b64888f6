// SPDX-License-Identifier: MIT
import { UsageError } from "../errors.ts";
import { CONFIG_FILE } from "./account.ts";
import { verifyAudit } from "./audit.ts";
import { backup, restore } from "./backup.ts";
import { parseOptions } from "./options.ts";

const HELP = `mauthserver backup FILE      writes a copy of everything into a new file, while the server goes on
mauthserver restore FILE     has everything as it was in a backup; a running server starts again with it
mauthserver audit verify     tells whether the audit log is as it was written, and its head

  --config FILE   the configuration of the server (default ${CONFIG_FILE})`;

const OPTIONS = { config: { type: "string" }, help: { type: "boolean" } } as const;

/** `mauthserver backup`, `restore` and `audit`. */
export async function maintain(
  command: "backup" | "restore" | "audit",
  argv: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  const { values, positionals } = parseOptions(command, argv, OPTIONS);
  if (values.help === true) {
    print(HELP);
    return 0;
  }
  const [argument, ...rest] = positionals;
  if (command === "audit") {
    if (argument !== "verify" || rest.length > 0) throw new UsageError("audit takes one word: verify");
    await verifyAudit(values.config, print);
    return 0;
  }
  if (argument === undefined || rest.length > 0) throw new UsageError(`${command} takes one file`);
  await (command === "backup" ? backup : restore)(argument, values.config, print);
  return 0;
}
