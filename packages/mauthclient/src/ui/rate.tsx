// SPDX-License-Identifier: MIT
import { useNow } from "../state/context.tsx";
import { type Rate, rateAt, sumRates } from "../state/meter.ts";
import { texts } from "../texts/texts.ts";
import { formatBitRate, formatPacketRate } from "./format.ts";
import classes from "./ui.module.css";
import { useMeters } from "./use-meters.ts";

/** The live rate of some counters together, given by the ids of their senders or denied pairs; null while unknown. */
export function useRate(ids: readonly string[]): Rate | null {
  const meters = useMeters(ids);
  const nowMs = useNow();
  return sumRates(meters.map((meter) => rateAt(meter, nowMs)));
}

/** Packets per second; bits per second on hover. */
export function RateText({ ids, withBits = false }: { ids: readonly string[]; withBits?: boolean }) {
  const rate = useRate(ids);
  if (ids.length === 0)
    return (
      <span className={classes["dim"]} title={texts.grants.noFigures}>
        –
      </span>
    );
  if (rate === null) return <span className={classes["dim"]}>…</span>;
  if (rate.packetsPerSecond === 0) return <span className={classes["dim"]}>{texts.grants.silent}</span>;
  const bits = formatBitRate(rate.bitsPerSecond);
  return (
    <span className={classes["number"]} title={bits}>
      {formatPacketRate(rate.packetsPerSecond)}
      {withBits && <span className={classes["dim"]}> · {bits}</span>}
    </span>
  );
}
