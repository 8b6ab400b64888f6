// SPDX-License-Identifier: MIT
import type { Registry } from "prom-client";
import type { Access } from "./accounts/access.ts";
import type { Announcements } from "./announcements.ts";
import type { Refusals } from "./audit/refusals.ts";
import { createRegistry, exposeCounter, exposeGauge, labelled } from "./http/metrics.ts";
import type { RequestMeter } from "./http/request-meter.ts";
import type { Fleet } from "./mrouters/fleet.ts";
import { ENTITY_NAMES } from "./push/board.ts";
import type { Board } from "./push/board.ts";
import type { Hub } from "./push/hub.ts";
import type { SapSender } from "./sap/sender.ts";
import type { SapListener } from "./sap/listener.ts";

export interface Measured {
  readonly board: Board;
  readonly fleet: Fleet;
  readonly hub: Hub;
  readonly announcements: Announcements;
  readonly listener: SapListener;
  readonly sender: SapSender;
  readonly refusals: Refusals;
  readonly requests: RequestMeter;
  readonly access: Pick<Access, "accounts" | "logins">;
}

/** Every figure of the server, each drop and refusal among them. */
export function exposeServer(measured: Measured): Registry {
  const { board, fleet, hub, announcements, listener, sender, refusals, requests, access } = measured;
  const registry = createRegistry();
  const counter = (name: string, help: string, label: string, counts: () => object) =>
    exposeCounter(registry, { name, help, labels: [label] }, () => labelled(label, counts()));
  counter(
    "mauth_sap_listener_total",
    "SAP datagrams heard, and joins of SAP groups.",
    "event",
    () => listener.counters,
  );
  counter("mauth_sap_sent_total", "SAP datagrams of this server, sent or not.", "result", () => sender.counters);
  counter("mauth_sap_announcements_total", "SAP datagrams by what became of them.", "result", () => ({
    ...announcements.directory.counters,
    ...announcements.counters,
  }));
  counter(
    "mauth_push_total",
    "Consoles, their requests, and what was refused or ignored.",
    "event",
    () => hub.counters,
  );
  counter(
    "mauth_refused_total",
    "Logins and requests refused, and those that were too many for the audit log.",
    "what",
    () => refusals.counters,
  );
  exposeCounter(
    registry,
    { name: "mauth_requests_total", help: "Requests by method and status class.", labels: ["method", "status"] },
    () => requests.rows(),
  );
  exposeGauge(registry, { name: "mauth_accounts", help: "Accounts, and logins now.", labels: ["what"] }, () => [
    [{ what: "accounts" }, access.accounts.size],
    [{ what: "logins" }, access.logins.size],
  ]);
  exposeCounter(
    registry,
    { name: "mauth_mrouter_calls_total", help: "Calls to mrouters and their outcomes.", labels: ["mrouter", "event"] },
    function* () {
      for (const mrouter of fleet.mrouters)
        for (const [labels, value] of labelled("event", mrouter.counters))
          yield [{ ...labels, mrouter: mrouter.row.name }, value];
    },
  );
  exposeGauge(registry, { name: "mauth_entities", help: "Entities that consoles see.", labels: ["entity"] }, () =>
    ENTITY_NAMES.map((entity) => [{ entity }, board.size(entity)] as const),
  );
  exposeGauge(registry, { name: "mauth_consoles", help: "Consoles connected.", labels: [] }, () => [[{}, hub.size]]);
  exposeGauge(registry, { name: "mauth_revision", help: "The last revision.", labels: [] }, () => [[{}, board.rev]]);
  exposeGauge(
    registry,
    { name: "mauth_mrouter_state", help: "1 for the state in which an mrouter is.", labels: ["mrouter", "state"] },
    () => Array.from(fleet.mrouters, ({ entity }) => [{ mrouter: entity.id, state: entity.state }, 1] as const),
  );
  return registry;
}
