// SPDX-License-Identifier: MIT
import { useState } from "react";
import { useData } from "../state/context.tsx";
import { LatestMeters, type Meter } from "../state/meter.ts";

/** The meters of some counters; nothing is drawn again until one of them is read. */
export function useMeters(ids: readonly string[]): readonly (Meter | undefined)[] {
  const [latest] = useState(() => new LatestMeters());
  return useData((data) => latest.find(data.meters, ids));
}
