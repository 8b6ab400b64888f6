// SPDX-License-Identifier: MIT
import { ERROR_CODES } from "@mauth/protocol/error-code";
import type { ErrorCode } from "@mauth/protocol/error-code";
import type { Mrouter } from "@mauth/protocol/api";
import type { Status } from "@mauth/protocol/v2";
import type { PresenceState } from "./presence.ts";

/** What is known of an mrouter beside whether it answers. */
export interface Standing {
  readonly name: string;
  readonly address: string;
  readonly protocol: "v1" | "v2";
  /** Whether it answers, and holds what was decided. */
  readonly presence: PresenceState;
  /** What it last answered to a request that it did not carry out; undefined when it carries them out. */
  readonly refusal: Exclude<Status, "ok"> | undefined;
  /** It answers requests of the paper, and none of ours. */
  readonly answersV1Only: boolean;
  /** The term of the mauthserver that it obeys, where that is not ours. */
  readonly term: number | undefined;
  /** Why it refused senders, the most serious reason. */
  readonly failure: ErrorCode | undefined;
  /** Senders that are refused. */
  readonly failed: number;
  readonly sendersMax: number | undefined;
}

/** What consoles are told. */
export type Verdict = Pick<Mrouter, "state" | "trouble">;

/** Says how an mrouter is, and in one sentence what is wrong and what to do about it. */
export function standingOf(standing: Standing): Verdict {
  const { name, presence, protocol } = standing;
  if (standing.refusal === "stale-term") return { state: "foreign", trouble: foreignSentence(standing) };
  if (standing.answersV1Only && protocol === "v2" && presence !== "online" && presence !== "drifted")
    return { state: "foreign", trouble: keySentence(name) };
  if (presence === "connecting") return { state: presence };
  if (presence === "offline") return { state: presence, trouble: offlineSentence(standing) };
  if (standing.refusal === "unsupported" || standing.failure === "unsupported")
    return { state: "version", trouble: versionSentence(standing) };
  if (standing.failure === "full" || standing.failure === "no-memory")
    return { state: "full", trouble: fullSentence(standing) };
  if (standing.failure !== undefined) return { state: "drifted", trouble: failureSentence(standing, standing.failure) };
  if (presence === "drifted")
    return { state: presence, trouble: `${name} does not hold what was decided yet: it is being brought back.` };
  return { state: presence };
}

function foreignSentence({ name, term }: Standing): string {
  const which = term === undefined ? "" : ` (term ${term})`;
  return `${name} obeys another mauthserver that was started later${which}: stop that one, and restart this one to take over.`;
}

function keySentence(name: string): string {
  return `${name} answers, but not to our key, or it is too old for v2: compare the key with the key file of its musersd, or choose protocol v1.`;
}

function offlineSentence({ name, address, protocol }: Standing): string {
  const own = protocol === "v1" ? "that its [v1] allow names this host" : "that the key is that of its key file";
  return `${name} is silent: its kernel goes on as it was last told. Check that musersd runs there and listens at ${address}, and ${own}.`;
}

function versionSentence({ name }: Standing): string {
  return `The musersd of ${name} is too old for some of what was decided: upgrade it.`;
}

function fullSentence({ name, failed, sendersMax }: Standing): string {
  const room = sendersMax === undefined ? "" : ` of ${sendersMax}`;
  return `${name} has no room for ${failed} senders: raise senders_max${room} in its musersd.toml, or revoke what is not needed.`;
}

function failureSentence({ name, failed }: Standing, failure: ErrorCode): string {
  return `${name} refuses ${failed} senders: ${ERROR_CODES[failure].sentence}.`;
}
