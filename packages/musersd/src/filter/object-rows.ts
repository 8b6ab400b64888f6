// SPDX-License-Identifier: MIT
import { ObjectRows, senderRows } from "@mauth/protocol/rpc";
import type { DeniedRow, Filter, RefusedTable, SenderTable } from "./filter.ts";

/** The tables of a filter that hands its rows over as objects. */
export function objectTables(filter: Pick<Filter, "senders" | "denied">): {
  readonly senderTables: readonly SenderTable[];
  readonly deniedTables: readonly RefusedTable<DeniedRow>[];
} {
  const denied = new ObjectRows<DeniedRow>({
    names: ["denied", "deniedIpv6"],
    rows: () => filter.denied(),
    nameOf: ({ ifindex, source, group }) => `${ifindex}|${source}>${group}`,
    isIn: (name, { group }) => (typeof group === "bigint") === (name === "deniedIpv6"),
  });
  const firstMs: RefusedTable<DeniedRow>["firstMs"] = (batch, index) => denied.rowAt(batch, index).firstMs;
  return { senderTables: [senderRows(() => filter.senders())], deniedTables: [Object.assign(denied, { firstMs })] };
}
