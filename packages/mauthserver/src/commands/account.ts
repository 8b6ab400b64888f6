// SPDX-License-Identifier: MIT
import { UsageError } from "../errors.ts";

/** `mauthserver account`: refused until there are accounts. */
export async function account(argv: readonly string[]): Promise<number> {
  if (argv.includes("--help")) {
    process.stdout.write("mauthserver account: this version has no accounts yet; it serves loopback only\n");
    return 0;
  }
  throw new UsageError("this version has no accounts yet; it serves loopback only");
}
