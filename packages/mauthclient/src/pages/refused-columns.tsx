// SPDX-License-Identifier: MIT
import { Belonging } from "../components/belonging.tsx";
import type { Column } from "../components/data-table.tsx";
import { useDialogs } from "../components/dialogs.tsx";
import { RowButton } from "../components/row-button.tsx";
import { candidateOf } from "../state/candidates.ts";
import { type DeniedRow, pairOrder } from "../state/rows.ts";
import { texts } from "../texts.ts";
import { ReasonBadge } from "../ui/badges.tsx";
import { formatCompact, formatCount } from "../ui/format.ts";
import { Pair } from "../ui/pair.tsx";
import { RateText } from "../ui/rate.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import classes from "./pages.module.css";

/** Columns of the list of refused senders. */
export const refusedColumns: readonly Column<DeniedRow>[] = [
  {
    id: "pair",
    header: texts.refused.columns.pair,
    width: "246px",
    value: ({ denied }) => pairOrder(denied),
    cell: ({ denied }) => <Pair source={denied.source} group={denied.group} />,
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
    cell: ({ denied }) => <ReasonBadge reason={denied.reason} />,
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
    isWideOnly: true,
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
    width: "112px",
    align: "end",
    cell: (row) => <PermitButton row={row} />,
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
        <span className={classes["dim"]}>TTL {denied.ttl}</span>
      </div>
      <div className={classes["cardLine"]}>
        <ReasonBadge reason={denied.reason} />
        <span className={classes["cut"]}>
          <RateText ids={[denied.id]} />
        </span>
        <PermitButton row={row} />
      </div>
    </div>
  );
}

function PermitButton({ row }: { row: DeniedRow }) {
  const dialogs = useDialogs();
  const { denied, belonging, grant, waits } = row;
  if (!waits) return <span className={classes["dim"]}>{grant === undefined ? "" : texts.refused.permittedNow}</span>;
  const title = belonging.kind === "session" ? belonging.session.title : undefined;
  const open = (): void => dialogs.open({ kind: "permit", candidates: [candidateOf(row)], title });
  return (
    <RowButton
      variant="light"
      label={grant === undefined ? texts.permit : texts.refused.raise}
      title={texts.reasons[denied.reason].long}
      onClick={open}
    />
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
