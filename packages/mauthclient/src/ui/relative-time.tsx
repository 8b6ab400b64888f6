// SPDX-License-Identifier: MIT
import { useServerNow } from "../state/context.tsx";
import { texts } from "../texts/texts.ts";
import { formatAge, formatInstant } from "./format.ts";

/** What happens all the time shall not flicker between 0 and 2 seconds. */
const NOW_MS = 5_000;

/** How long ago an instant of the server's clock was; the date on hover. */
export function RelativeTime({ at }: { at: number | null }) {
  const nowMs = useServerNow();
  if (at === null) return <span>{texts.never}</span>;
  const ageMs = nowMs - at;
  return (
    <time dateTime={new Date(at).toISOString()} title={formatInstant(at)}>
      {ageMs < NOW_MS ? texts.now : texts.ago(formatAge(ageMs))}
    </time>
  );
}
