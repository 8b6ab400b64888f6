// SPDX-License-Identifier: MIT
import { Digest } from "@mauth/protocol/v2";
import type { UnnamedSender } from "../grants/sender.ts";
import type { Tally } from "./ledger.ts";
import { entryOf } from "./wire.ts";

/** The digest of what a kernel shall hold, kept up to date change by change. */
export class SenderTally implements Tally {
  readonly digest = new Digest();

  add(sender: UnnamedSender): void {
    const { source, group, groupLength, maxTtl, limits } = sender;
    const isIpv4 = typeof source === "number" && typeof group === "number";
    if (isIpv4 && groupLength === undefined && limits === undefined) this.digest.addPlain(source, group, maxTtl);
    else this.digest.add(entryOf(sender, 0));
  }

  remove(sender: UnnamedSender): void {
    this.digest.remove(entryOf(sender, 0));
  }
}
