// SPDX-License-Identifier: MIT
import { Lab } from "../e2e/lab/lab.ts";
import { police } from "../e2e/load/policing.ts";
import { rowOf } from "./row.ts";
import type { Bench, Row } from "./row.ts";

const ROUNDS = 3;
const SECONDS = 6;
const RATES_MBIT = [1, 10, 100];

/** A host sends 1.5 times its rate from a real socket; what passes in the long run, beside the rate that was set. */
export const bench: Bench = async (progress) => {
  const lab = await Lab.create({ id: `bench${process.pid}` });
  try {
    await lab.start("musersd");
    const rounds = new Map<number, number[]>(RATES_MBIT.map((mbit) => [mbit, []]));
    for (let round = 0; round < ROUNDS; round++)
      for (const [mbit, passed] of rounds) {
        progress(`${mbit} Mbit/s, round ${round + 1} of ${ROUNDS}`);
        passed.push((await police(lab, mbit, SECONDS)).passedMbit);
      }
    return Array.from(rounds, ([mbit, passed]): Row => {
      const name = { bench: "policing", what: `passed at ${mbit} Mbit/s`, unit: "Mbit/s" };
      return rowOf(name, passed, { beside: "the rate", rounds: [mbit] });
    });
  } finally {
    await lab.close();
  }
};
