// SPDX-License-Identifier: MIT
import { Reason, TTL_SCOPES } from "@mauth/protocol/api";

/** What the address of a page may carry; unknown or malformed parameters are dropped, so old links never fail. */
type Raw = Record<string, unknown>;

export interface SessionsSearch {
  q?: string;
  state?: "permitted" | "partly" | "not-permitted";
  media?: "audio" | "video" | "other";
  scope?: (typeof TTL_SCOPES)[number]["name"];
  /** Only sessions with a warning, of any kind or of this. */
  conflict?: "any" | "shared" | "ttl" | "silent";
  /** Name of the mrouter that hears it, "mauthserver" for the server's own ears. */
  heard?: string;
  sort?: string;
  /** Id of the session whose details are open. */
  session?: string;
}

export interface RefusedSearch {
  q?: string;
  reason?: Reason;
  mrouter?: string;
  /** Only the pairs that wait for a decision, only those that were ignored, or all; without it, all but the ignored. */
  show?: "undecided" | "ignored" | "everything";
  sort?: string;
}

export interface GrantsSearch {
  q?: string;
  standing?: "enforced" | "pending" | "failed" | "nowhere" | "silent";
  sort?: string;
}

export interface ExplainSearch {
  mrouter?: string;
  source?: string;
  group?: string;
}

export interface TrafficSearch {
  fate?: "passed" | "refused";
  /** Id of the sender or refused pair whose plot is shown. */
  sender?: string;
}

export interface MroutersSearch {
  /** The list, or the picture of the network. */
  view?: "topology";
  /** The mrouter whose sources the picture shows one by one. */
  mrouter?: string;
}

export interface AuditSearch {
  actor?: string;
  entity?: string;
  key?: string;
  /** Days back. */
  days?: "1" | "7" | "30";
}

const TEXT_MAX = 200;

function text(raw: Raw, name: string): { [key: string]: string } {
  const value = raw[name];
  if (typeof value === "number") return { [name]: String(value) };
  return typeof value === "string" && value !== "" ? { [name]: value.slice(0, TEXT_MAX) } : {};
}

function choice<const Choice extends string, Name extends string>(
  raw: Raw,
  name: Name,
  choices: readonly Choice[],
): { [Key in Name]?: Choice } {
  const found = choices.find((one) => one === raw[name]);
  // The computed key loses its literal type.
  return (found === undefined ? {} : { [name]: found }) as { [Key in Name]?: Choice };
}

export function parseSessionsSearch(raw: Raw): SessionsSearch {
  return {
    ...text(raw, "q"),
    ...choice(raw, "state", ["permitted", "partly", "not-permitted"]),
    ...choice(raw, "media", ["audio", "video", "other"]),
    ...choice(
      raw,
      "scope",
      TTL_SCOPES.map((scope) => scope.name),
    ),
    ...choice(raw, "conflict", ["any", "shared", "ttl", "silent"]),
    ...text(raw, "heard"),
    ...text(raw, "sort"),
    ...text(raw, "session"),
  };
}

export function parseRefusedSearch(raw: Raw): RefusedSearch {
  return {
    ...text(raw, "q"),
    ...choice(raw, "reason", Reason.options),
    ...text(raw, "mrouter"),
    ...choice(raw, "show", ["undecided", "ignored", "everything"]),
    ...text(raw, "sort"),
  };
}

export function parseGrantsSearch(raw: Raw): GrantsSearch {
  return {
    ...text(raw, "q"),
    ...choice(raw, "standing", ["enforced", "pending", "failed", "nowhere", "silent"]),
    ...text(raw, "sort"),
  };
}

export function parseExplainSearch(raw: Raw): ExplainSearch {
  return { ...text(raw, "mrouter"), ...text(raw, "source"), ...text(raw, "group") };
}

export function parseTrafficSearch(raw: Raw): TrafficSearch {
  return { ...choice(raw, "fate", ["passed", "refused"]), ...text(raw, "sender") };
}

export function parseMroutersSearch(raw: Raw): MroutersSearch {
  return { ...choice(raw, "view", ["topology"]), ...text(raw, "mrouter") };
}

export function parseAuditSearch(raw: Raw): AuditSearch {
  // The router reads digits as a number.
  const days = { days: typeof raw["days"] === "number" ? String(raw["days"]) : raw["days"] };
  return {
    ...text(raw, "actor"),
    ...text(raw, "entity"),
    ...text(raw, "key"),
    ...choice(days, "days", ["1", "7", "30"]),
  };
}
