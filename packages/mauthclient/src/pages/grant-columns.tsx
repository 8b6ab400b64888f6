// SPDX-License-Identifier: MIT
import { ActionIcon } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { Belonging } from "../components/belonging.tsx";
import type { Column } from "../components/data-table.tsx";
import { useDialogs } from "../components/dialogs.tsx";
import { Enforcement } from "../components/enforcement.tsx";
import { RowButton } from "../components/row-button.tsx";
import { Trend } from "../components/trend.tsx";
import { useIsLive } from "../state/context.tsx";
import { type GrantRow, pairOrder } from "../state/rows.ts";
import { texts } from "../texts.ts";
import { ScopeBadge } from "../ui/badges.tsx";
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
    width: "246px",
    value: ({ grant }) => pairOrder(grant),
    cell: ({ grant }) => <Pair source={grant.source} group={grant.group} />,
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
    width: "160px",
    value: ({ grant }) => grant.maxTtl,
    cell: (row) => <MaxTtl row={row} />,
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
    cell: ({ senderIds }) => <Trend ids={senderIds} />,
  },
  {
    id: "standing",
    header: texts.grants.columns.standing,
    width: "116px",
    value: ({ standing }) => RANK[standing],
    cell: ({ grant }) => <Enforcement grant={grant} />,
  },
  {
    id: "since",
    header: texts.grants.columns.since,
    width: "104px",
    isWideOnly: true,
    descendingFirst: true,
    value: ({ grant }) => grant.permittedAt,
    cell: ({ grant }) => (
      <span className={classes["dim"]}>
        <RelativeTime at={grant.permittedAt} />
      </span>
    ),
  },
  {
    id: "action",
    header: texts.grants.columns.action,
    width: "102px",
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
          <Pair source={grant.source} group={grant.group} />
        </span>
        <RateText ids={senderIds} />
      </div>
      <div className={classes["cardLine"]}>
        <span className={classes["cut"]}>
          <Belonging belonging={belonging} />
        </span>
        <MaxTtl row={row} />
      </div>
      <div className={classes["cardLine"]}>
        <Enforcement grant={grant} />
        <span className={classes["grow"]} />
        <Acts row={row} />
      </div>
    </div>
  );
}

function MaxTtl({ row }: { row: GrantRow }) {
  const dialogs = useDialogs();
  const isLive = useIsLive();
  const { source, group, maxTtl } = row.grant;
  return (
    <span className={classes["actions"]}>
      <ScopeBadge ttl={maxTtl} />
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        disabled={!isLive}
        aria-label={texts.grants.edit}
        title={isLive ? texts.grants.edit : texts.connection.disabledHint}
        onClick={() => dialogs.open({ kind: "edit", candidate: { source, group, grantedTtl: maxTtl } })}
      >
        <IconPencil size={14} aria-hidden />
      </ActionIcon>
    </span>
  );
}

function Acts({ row }: { row: GrantRow }) {
  const dialogs = useDialogs();
  const { grant } = row;
  return (
    <span className={classes["actions"]}>
      <RowButton
        variant="default"
        label={texts.revoke}
        onClick={() => dialogs.open({ kind: "revoke", grants: [grant] })}
      />
    </span>
  );
}
