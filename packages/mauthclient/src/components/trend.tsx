// SPDX-License-Identifier: MIT
import { METER_HISTORY_MAX } from "../state/meter.ts";
import { trendPath } from "../state/trend.ts";
import { useMeters } from "../ui/use-meters.ts";

const WIDTH = 80;
const HEIGHT = 22;

/** The last minute of a sender as a line; decoration beside the figure, so it has no name of its own. */
export function Trend({ ids }: { ids: readonly string[] }) {
  const histories = useMeters(ids).map((meter) => meter?.history ?? []);
  const path = trendPath(histories, { width: WIDTH, height: HEIGHT, slots: METER_HISTORY_MAX });
  return (
    <svg
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      aria-hidden
      style={{ verticalAlign: "middle" }}
    >
      <path d={path} fill="none" stroke="var(--mark)" strokeWidth="1.5" strokeLinejoin="round" />
    </svg>
  );
}
