// SPDX-License-Identifier: MIT
import type { Registry } from "prom-client";
import type { Announcements } from "./announcements.ts";
import { createRegistry, exposeCounter, exposeGauge, labelled } from "./http/metrics.ts";
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
}

/** Every figure of the server, each drop and refusal among them. */
export function exposeServer({ board, fleet, hub, announcements, listener, sender }: Measured): Registry {
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
