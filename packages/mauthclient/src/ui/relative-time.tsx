// SPDX-License-Identifier: MIT
import { useServerNow } from "../state/context.tsx";
import { texts } from "../texts.ts";
import { formatAge, formatInstant } from "./format.ts";

/** How long ago an instant of the server's clock was; the date on hover. */
export function RelativeTime({ at }: { at: number | null }) {
  const nowMs = useServerNow();
  if (at === null) return <span>{texts.never}</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={formatInstant(at)}>
      {texts.ago(formatAge(nowMs - at))}
    </time>
  );
}
