// SPDX-License-Identifier: MIT

/** Why a datagram or a description was refused; each has a counter, and `mauthserver inspect` prints the sentence. */
export const REFUSALS = {
  "too-long": "the datagram is longer than the limit",
  "too-short": "the datagram is shorter than a SAP header",
  "bad-version": "the SAP version is not 1",
  encrypted: "the payload is encrypted",
  "bad-compression": "the payload is not valid zlib data",
  "inflates-too-far": "the payload inflates beyond the limit",
  "bad-payload-type": "the payload type is neither application/sdp nor left out before v=0",
  "no-payload": "the announcement carries no description",
  "not-sdp": "the description does not begin with a v=0 line",
  "no-origin": "there is no o= line with six fields",
  ended: "the session has ended according to its t= lines",
  "cut-off": "the description is a cut-off copy of one already known",
  "deletion-unknown": "the deletion names no session announced by this source",
  "deletion-stale": "the deletion names an older version of the session",
  "deletion-ignored": "deletions are ignored by configuration",
  "too-many-sessions": "the directory is full",
  "too-many-from-source": "this source announces more sessions than it may",
} as const;

export type Refusal = keyof typeof REFUSALS;

/** The outcome of reading untrusted bytes. */
export type Decoded<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Refusal };

/** A refusal as a result. */
export function refuse(reason: Refusal): { readonly ok: false; readonly reason: Refusal } {
  return { ok: false, reason };
}
