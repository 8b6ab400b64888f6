// SPDX-License-Identifier: MIT
import { ActionIcon } from "@mantine/core";
import type { Grant } from "@mauth/protocol/api";
import { IconAdjustments } from "@tabler/icons-react";
import { Belonging } from "../components/belonging.tsx";
import type { Column } from "../components/data-table.tsx";
import { useDialogs } from "../components/dialogs.tsx";
import { Enforcement } from "../components/enforcement.tsx";
import { GrantLimits } from "../components/grant-limits.tsx";
import { InlineTtl } from "../components/inline-ttl.tsx";
import { RowButton } from "../components/row-button.tsx";
import { TrafficLink } from "../components/traffic-link.tsx";
import { Trend } from "../components/trend.tsx";
import { useHindrance } from "../state/context.tsx";
import { type GrantRow, pairOrder } from "../state/rows.ts";
import { texts } from "../texts/texts.ts";
import { Pair } from "../ui/pair.tsx";
import { RateText } from "../ui/rate.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import classes from "./pages.module.css";

const RANK = { failed: 0, pending: 1, nowhere: 2, enforced: 3 } as const;

/** Columns of the list of grants. */
export const grantColumns: readonly Column<GrantRow>[] = [
  {
    id: "pair",
    header: texts.grants.columns.pair,
    width: "250px",
    value: ({ grant }) => pairOrder(grant),
    cell: ({ grant }) => <Target grant={grant} />,
  },
  {
    id: "session",
    header: texts.grants.columns.session,
    value: ({ belonging }) => (belonging.kind === "unannounced" ? "~" : belonging.session.title.toLowerCase()),
    cell: ({ belonging }) => <Belonging belonging={belonging} />,
  },
  {
    id: "ttl",
    header: texts.grants.columns.ttl,
    width: "156px",
    value: ({ grant }) => grant.maxTtl,
    cell: (row) => <InlineTtl grant={row.grant} />,
  },
  {
    id: "rate",
    header: texts.grants.columns.rate,
    width: "94px",
    align: "end",
    cell: ({ senderIds }) => <RateText ids={senderIds} />,
  },
  {
    id: "trend",
    header: texts.grants.columns.trend,
    width: "100px",
    only: "wide",
    cell: ({ grant, senderIds }) => (
      <TrafficLink id={senderIds[0]} name={texts.trafficOf(texts.pair(grant.source, grant.group))}>
        <Trend ids={senderIds} />
      </TrafficLink>
    ),
  },
  {
    id: "standing",
    header: texts.grants.columns.standing,
    width: "116px",
    value: ({ standing }) => RANK[standing],
    cell: ({ grant }) => <Enforcement grant={grant} />,
  },
  {
    id: "limits",
    header: texts.grants.columns.limits,
    width: "132px",
    value: ({ grant }) => grant.expiresAt ?? Number.MAX_SAFE_INTEGER,
    cell: ({ grant }) => <GrantLimits grant={grant} />,
  },
  {
    id: "since",
    header: texts.grants.columns.since,
    width: "100px",
    only: "widest",
    descendingFirst: true,
    value: ({ grant }) => grant.permittedAt,
    cell: ({ grant }) => (
      <span className={classes["dim"]} title={grant.permittedBy}>
        <RelativeTime at={grant.permittedAt} />
      </span>
    ),
  },
  {
    id: "action",
    header: texts.grants.columns.action,
    width: "124px",
    align: "end",
    cell: (row) => <Acts row={row} />,
  },
];

/** A grant on a phone. */
export function GrantCard(row: GrantRow) {
  const { grant, belonging, senderIds } = row;
  return (
    <div className={classes["card"]}>
      <div className={classes["cardLine"]}>
        <span className={classes["grow"]}>
          <Target grant={grant} />
        </span>
        <RateText ids={senderIds} />
      </div>
      <div className={classes["cardLine"]}>
        <span className={classes["cut"]}>
          <Belonging belonging={belonging} />
        </span>
        <InlineTtl grant={grant} />
      </div>
      <div className={classes["cardLine"]}>
        <Enforcement grant={grant} />
        <span className={classes["cut"]}>
          <GrantLimits grant={grant} />
        </span>
        <Acts row={row} />
      </div>
    </div>
  );
}

function Acts({ row }: { row: GrantRow }) {
  const dialogs = useDialogs();
  const hindrance = useHindrance("approver");
  const { grant } = row;
  return (
    <span className={classes["actions"]}>
      <ActionIcon
        size={26}
        variant="default"
        disabled={hindrance !== undefined}
        aria-label={texts.grants.editLimits}
        title={hindrance ?? texts.grants.editLimits}
        onClick={() => dialogs.open({ kind: "edit", grant })}
      >
        <IconAdjustments size={15} aria-hidden />
      </ActionIcon>
      <RowButton
        variant="default"
        label={texts.revoke}
        onClick={() => dialogs.open({ kind: "revoke", grants: [grant] })}
      />
    </span>
  );
}

/** What is permitted: a pair, a prefix, or the session that is followed. */
function Target({ grant }: { grant: Grant }) {
  const source = grant.source === "0.0.0.0" || grant.source === "::" ? texts.grants.anySource : grant.source;
  if (grant.group !== "session") return <Pair source={source} group={grant.group} title={grant.reason ?? grant.id} />;
  const groups = grant.groups ?? [];
  const group = groups.length > 1 ? `${groups[0]} +${groups.length - 1}` : (groups[0] ?? texts.grants.noGroup);
  return <Pair source={source} group={group} title={groups.join("\n")} />;
}
