// SPDX-License-Identifier: MIT
import {
  aes67Input,
  corpusInput,
  newcomerRate,
  parseRate,
  refreshRate,
  sdpTransformRate,
} from "../packages/mauthserver/test/sap-rates.ts";
import type { Input } from "../packages/mauthserver/test/sap-rates.ts";
import { rowOf } from "./row.ts";
import type { Bench, Row } from "./row.ts";

const ROUNDS = 5;
const SESSIONS = 10_000;

/** Measures how fast announcements are read, taken in and known again, beside sdp-transform on the same descriptions. */
export const bench: Bench = async (progress) => {
  const [aes67, corpus] = [aes67Input(SESSIONS), corpusInput()];
  const live = `${SESSIONS} live`;
  return [
    measure("parsed, corpus", corpus, parseRate, progress),
    measure("parsed, AES67", aes67, parseRate, progress),
    measure(`new sessions, ${live}`, aes67, newcomerRate, progress),
    measure(`refreshed, ${live}`, aes67, refreshRate, progress),
  ];
};

/** The two alternate, so that a change of the machine's pace falls on both. */
function measure(what: string, input: Input, rate: (input: Input) => number, progress: (line: string) => void): Row {
  progress(what);
  const [ours, theirs] = [[] as number[], [] as number[]];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(rate(input));
    theirs.push(sdpTransformRate(input));
  }
  return rowOf({ bench: "sap", what, unit: "packets/s" }, ours, { beside: "sdp-transform", rounds: theirs });
}
