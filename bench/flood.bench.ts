// SPDX-License-Identifier: MIT
import { Lab } from "../e2e/lab/lab.ts";
import { DENIED_MAX, floodLab } from "../e2e/load/flood.ts";
import { rowOf } from "./row.ts";
import type { Bench, Row } from "./row.ts";

const SECONDS = 60;
/** Then musersd has read the full table of refused senders, and its memory is what it stays. */
const WARM_UP_SECONDS = 10;

/** Floods an mrouter for 60 s from sources that nobody permitted, beside a permitted flow of 1,000 packets/s. */
export const bench: Bench = async (progress) => {
  const lab = await Lab.create({ id: `bench${process.pid}` });
  try {
    await lab.start("musersd");
    progress(`${WARM_UP_SECONDS} s to warm up`);
    await floodLab(lab, WARM_UP_SECONDS);
    progress(`${SECONDS} s without a flood, then ${SECONDS} s with one`);
    const result = await floodLab(lab, SECONDS);
    const { calm, flooded } = result;
    return [
      row("flood, one CPU: packets refused", result.roguePerSecond, "1/s", "permitted", flooded.sent / SECONDS),
      row("permitted packets lost beside the flood", flooded.lost, "packets", "lost without the flood", calm.lost),
      row("flood: packets that got through", result.leaked, "packets", "sent", result.rogueSent),
      row("flood: forwarding-cache entries left", result.cached, "entries", "sources", 131_072),
      row("flood: rows of refused senders", result.denied, "rows", "bound", DENIED_MAX),
      row(
        "musersd, resident after the flood",
        result.residentKib[1] / 1024,
        "MiB",
        "before",
        result.residentKib[0] / 1024,
      ),
      row(
        "kernel, slab and per-CPU after the flood",
        result.kernelKib[1] / 1024,
        "MiB",
        "before",
        result.kernelKib[0] / 1024,
      ),
    ];
  } finally {
    await lab.close();
  }
};

function row(what: string, value: number, unit: string, beside: string, peer: number): Row {
  return rowOf({ bench: "flood", what, unit }, [value], { beside, rounds: [peer] });
}
