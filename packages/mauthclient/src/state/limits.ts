// SPDX-License-Identifier: MIT
import type { GrantInput } from "@mauth/protocol/api";

/** How long a permit is meant to last: until revoked, for a while, as long as its session is announced, or until the instant it has. */
export type Ending = "open" | "15min" | "2h" | "8h" | "session" | "kept";

const LASTING_MS: Partial<Record<Ending, number>> = {
  "15min": 15 * 60_000,
  "2h": 2 * 3_600_000,
  "8h": 8 * 3_600_000,
};

/** What somebody chose besides source, group and TTL. */
export interface Limits {
  readonly ending: Ending;
  /** The instant that "kept" stands for. */
  readonly keptUntil?: number | undefined;
  /** kbit/s, link header included; null is no limit. */
  readonly kbps: number | null;
  readonly interfaceName: string;
  readonly mac: string;
  readonly reason: string;
}

export const NO_LIMITS: Limits = { ending: "open", kbps: null, interfaceName: "", mac: "", reason: "" };

/** Bytes that a sender may send at once: a fifth of a second of its rate, at least a few full packets. */
const BURST_MS = 200;
const BURST_BYTES_MIN = 16 * 1514;

/** The fields of a grant that stand for these limits. */
export function limitFields(limits: Limits, nowMs: number): Partial<GrantInput> {
  const { ending, keptUntil, kbps, interfaceName, mac, reason } = limits;
  const lastingMs = LASTING_MS[ending];
  const expiresAt = ending === "kept" ? keptUntil : lastingMs === undefined ? undefined : nowMs + lastingMs;
  const binding = {
    ...(interfaceName.trim() === "" ? {} : { interface: interfaceName.trim() }),
    ...(mac.trim() === "" ? {} : { mac: mac.trim().toLowerCase() }),
  };
  return {
    ...(expiresAt === undefined ? {} : { expiresAt: Math.round(expiresAt) }),
    ...(kbps === null ? {} : { rate: rateOf(kbps) }),
    ...(Object.keys(binding).length === 0 ? {} : { binding }),
    ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
  };
}

function rateOf(kbps: number): NonNullable<GrantInput["rate"]> {
  const bytesPerSecond = Math.max(1, Math.round((kbps * 1000) / 8));
  return { bytesPerSecond, burstBytes: Math.max(BURST_BYTES_MIN, Math.round((bytesPerSecond * BURST_MS) / 1000)) };
}

/** The limits of a grant in force, to begin an edit with. */
export function limitsOf(grant: GrantInput): Limits {
  return {
    ending: grant.expiresAt === undefined ? "open" : "kept",
    keptUntil: grant.expiresAt,
    kbps: grant.rate === undefined ? null : Math.round((grant.rate.bytesPerSecond * 8) / 1000),
    interfaceName: grant.binding?.interface ?? "",
    mac: grant.binding?.mac ?? "",
    reason: grant.reason ?? "",
  };
}
