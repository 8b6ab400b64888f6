// SPDX-License-Identifier: MIT
import type { Grant } from "@mauth/protocol/api";
import { IconClock } from "@tabler/icons-react";
import { useServerNow } from "../state/context.tsx";
import { texts } from "../texts/texts.ts";
import { formatBitRate, formatInstant, formatLeft } from "../ui/format.ts";
import classes from "./grant-limits.module.css";

/** Below this, the countdown is marked. */
const SOON_MS = 5 * 60_000;

/** When a grant ends, counted down, and what else it is limited to; "–" when to nothing. */
export function GrantLimits({ grant }: { grant: Grant }) {
  const { rate, binding, expiresAt, reason } = grant;
  const where = [binding?.interface, binding?.mac].filter((one) => one !== undefined).join(" ");
  const marks = [
    grant.group === "session" && texts.grants.followsSession,
    rate !== undefined && texts.grants.rateLimit(formatBitRate(rate.bytesPerSecond * 8)),
    where !== "" && texts.grants.boundTo(where),
  ].filter((mark) => mark !== false);
  if (marks.length === 0 && expiresAt === undefined) return <span title={reason}>–</span>;
  return (
    <span className={classes["limits"]} title={[...marks, reason].filter((one) => one !== undefined).join("\n")}>
      {expiresAt !== undefined && <Countdown expiresAt={expiresAt} />}
      {marks.length > 0 && <span className={classes["marks"]}>{marks.join(" · ")}</span>}
    </span>
  );
}

function Countdown({ expiresAt }: { expiresAt: number }) {
  const leftMs = expiresAt - useServerNow();
  return (
    <time
      className={classes["countdown"]}
      data-soon={leftMs < SOON_MS || undefined}
      dateTime={new Date(expiresAt).toISOString()}
      title={formatInstant(expiresAt)}
    >
      <IconClock size={13} aria-hidden />
      {leftMs <= 0 ? texts.grants.endedNow : texts.grants.ends(formatLeft(leftMs))}
    </time>
  );
}
