// SPDX-License-Identifier: MIT
import { Belonging } from "../components/belonging.tsx";
import type { Column } from "../components/data-table.tsx";
import { type DeniedRow, pairOrder } from "../state/rows.ts";
import { texts } from "../texts/texts.ts";
import { ReasonBadge } from "../ui/badges.tsx";
import { formatCompact, formatCount } from "../ui/format.ts";
import { Pair } from "../ui/pair.tsx";
import { RateText } from "../ui/rate.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import classes from "./pages.module.css";
import { RefusedActs } from "./refused-acts.tsx";

/** Columns of the list of refused senders. */
export const refusedColumns: readonly Column<DeniedRow>[] = [
  {
    id: "pair",
    header: texts.refused.columns.pair,
    width: "246px",
    value: ({ denied }) => pairOrder(denied),
    cell: ({ denied }) => (
      <Pair source={denied.source} group={denied.group} title={`${denied.mrouter} ${denied.interface}`} />
    ),
  },
  {
    id: "session",
    header: texts.refused.columns.session,
    value: ({ belonging }) => (belonging.kind === "unannounced" ? "~" : belonging.session.title.toLowerCase()),
    cell: ({ belonging }) => <Belonging belonging={belonging} />,
  },
  {
    id: "reason",
    header: texts.refused.columns.reason,
    width: "136px",
    value: ({ denied }) => denied.reason,
    cell: (row) => <Reason row={row} />,
  },
  {
    id: "ttl",
    header: texts.refused.columns.ttl,
    width: "66px",
    align: "end",
    value: ({ denied }) => denied.ttl,
    cell: ({ denied }) => <span className={classes["number"]}>{denied.ttl}</span>,
  },
  {
    id: "packets",
    header: texts.refused.columns.packets,
    width: "82px",
    align: "end",
    descendingFirst: true,
    value: ({ denied }) => denied.packets,
    cell: ({ denied }) => <Packets packets={denied.packets} />,
  },
  {
    id: "rate",
    header: texts.refused.columns.rate,
    width: "98px",
    align: "end",
    cell: ({ denied }) => <RateText ids={[denied.id]} />,
  },
  {
    id: "first",
    header: texts.refused.columns.first,
    width: "112px",
    only: "widest",
    descendingFirst: true,
    value: ({ denied }) => denied.firstAt,
    cell: ({ denied }) => <Time at={denied.firstAt} />,
  },
  {
    id: "last",
    header: texts.refused.columns.last,
    width: "94px",
    descendingFirst: true,
    value: ({ denied }) => denied.lastAt,
    cell: ({ denied }) => <Time at={denied.lastAt} />,
  },
  {
    id: "action",
    header: texts.refused.columns.action,
    width: "142px",
    align: "end",
    cell: (row) => <RefusedActs row={row} />,
  },
];

/** A refused sender on a phone. */
export function RefusedCard(row: DeniedRow) {
  const { denied, belonging } = row;
  return (
    <div className={classes["card"]}>
      <div className={classes["cardLine"]}>
        <span className={classes["grow"]}>
          <Pair source={denied.source} group={denied.group} />
        </span>
        <Time at={denied.lastAt} />
      </div>
      <div className={classes["cardLine"]}>
        <span className={classes["cut"]}>
          <Belonging belonging={belonging} />
        </span>
        <span className={classes["dim"]}>{texts.ttl.hops(denied.ttl)}</span>
      </div>
      <div className={classes["cardLine"]}>
        <Reason row={row} />
        <span className={classes["cut"]}>
          <RateText ids={[denied.id]} />
        </span>
        <RefusedActs row={row} />
      </div>
    </div>
  );
}

/** Why it is refused, and who has looked at it. */
function Reason({ row: { denied, ignored } }: { row: DeniedRow }) {
  if (ignored === undefined) return <ReasonBadge reason={denied.reason} />;
  return (
    <span className={classes["dim"]} title={ignored.reason}>
      {texts.refused.ignored(ignored.by)}
    </span>
  );
}

function Packets({ packets }: { packets: number }) {
  return (
    <span className={classes["number"]} title={formatCount(packets)}>
      {formatCompact(packets)}
    </span>
  );
}

function Time({ at }: { at: number }) {
  return (
    <span className={classes["dim"]}>
      <RelativeTime at={at} />
    </span>
  );
}
