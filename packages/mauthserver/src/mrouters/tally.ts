// SPDX-License-Identifier: MIT
import { Digest } from "@mauth/protocol/v2";
import type { Sender } from "../grants/sender.ts";
import type { Tally } from "./ledger.ts";
import { entryOf } from "./wire.ts";

/** The digest of what a kernel shall hold, kept up to date change by change. */
export class SenderTally implements Tally {
  readonly digest = new Digest();

  add(sender: Sender): void {
    this.digest.add(entryOf(sender, 0));
  }

  remove(sender: Sender): void {
    this.digest.remove(entryOf(sender, 0));
  }
}
