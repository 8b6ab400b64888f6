// SPDX-License-Identifier: MIT
import { IconAlertTriangle } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import type { Column } from "../components/data-table.tsx";
import { useDialogs } from "../components/dialogs.tsx";
import { RowButton } from "../components/row-button.tsx";
import { candidatesOf } from "../state/candidates.ts";
import { useLive } from "../state/context.tsx";
import { addressOrder, type SessionRow } from "../state/rows.ts";
import { mediaSummary } from "../state/media.ts";
import { texts } from "../texts/texts.ts";
import { PermissionBadge, ScopeBadge } from "../ui/badges.tsx";
import { Mono } from "../ui/pair.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import classes from "./pages.module.css";

const route = getRouteApi("/sessions");
const RANK = { "not-permitted": 0, partly: 1, permitted: 2, none: 3 } as const;

/** Columns of the list of sessions. */
export const sessionColumns: readonly Column<SessionRow>[] = [
  {
    id: "title",
    header: texts.sessions.columns.title,
    value: (row) => row.session.title.toLowerCase(),
    cell: (row) => <TitleButton row={row} />,
  },
  {
    id: "announcer",
    header: texts.sessions.columns.announcer,
    width: "124px",
    only: "wide",
    value: (row) => addressOrder(row.session.announcer),
    cell: (row) => <Mono>{row.session.announcer}</Mono>,
  },
  {
    id: "groups",
    header: texts.sessions.columns.groups,
    width: "142px",
    value: (row) => addressOrder(row.groups[0] ?? ""),
    cell: (row) => <Groups groups={row.groups} />,
  },
  {
    id: "scope",
    header: texts.sessions.columns.scope,
    width: "128px",
    value: (row) => row.ttl ?? -1,
    cell: (row) => <ScopeBadge ttl={row.ttl} />,
  },
  {
    id: "media",
    header: texts.sessions.columns.media,
    width: "15%",
    value: (row) => mediaSummary(row.session),
    cell: (row) => <span title={mediaSummary(row.session)}>{mediaSummary(row.session)}</span>,
  },
  {
    id: "heard",
    header: texts.sessions.columns.heard,
    width: "88px",
    descendingFirst: true,
    value: (row) => row.session.lastHeardAt,
    cell: (row) => (
      <span className={classes["dim"]}>
        <RelativeTime at={row.session.lastHeardAt} />
      </span>
    ),
  },
  {
    id: "state",
    header: texts.sessions.columns.state,
    width: "152px",
    value: (row) => RANK[row.permission],
    cell: (row) => <PermissionBadge permission={row.permission} />,
  },
  {
    id: "action",
    header: texts.sessions.columns.action,
    width: "98px",
    align: "end",
    cell: (row) => <PermitButton row={row} />,
  },
];

/** Opens the dialog that says what will be permitted. */
function PermitButton({ row }: { row: SessionRow }) {
  const dialogs = useDialogs();
  const live = useLive();
  const { session, permission } = row;
  if (permission === "permitted" || permission === "none") return null;
  const open = (): void => {
    const { grant, denied } = live.view().data;
    dialogs.open({ kind: "permit", session, candidates: candidatesOf(session, grant, denied) });
  };
  return <RowButton variant="light" label={texts.permit} title={texts.session.permitHint} onClick={open} />;
}

/** A session on a phone. */
export function SessionCard(row: SessionRow) {
  return (
    <div className={classes["card"]}>
      <div className={classes["cardLine"]}>
        <TitleButton row={row} />
        <span className={classes["dim"]}>
          <RelativeTime at={row.session.lastHeardAt} />
        </span>
      </div>
      <div className={classes["cardLine"]}>
        <Groups groups={row.groups} />
        <span className={classes["cut"]}>{mediaSummary(row.session)}</span>
      </div>
      <div className={classes["cardLine"]}>
        <PermissionBadge permission={row.permission} />
        <ScopeBadge ttl={row.ttl} />
        <span className={classes["grow"]} />
        <PermitButton row={row} />
      </div>
    </div>
  );
}

function TitleButton({ row }: { row: SessionRow }) {
  const navigate = route.useNavigate();
  const title = row.session.title.trim() === "" ? texts.sessions.untitled : row.session.title;
  return (
    <button
      type="button"
      className={classes["title"]}
      title={title}
      onClick={() => void navigate({ search: (before) => ({ ...before, session: row.id }), replace: true })}
    >
      {row.session.conflicts !== undefined && (
        <span title={texts.sessions.warned(row.session.conflicts.length)}>
          <IconAlertTriangle size={14} className={classes["warn"]} aria-hidden />
        </span>
      )}{" "}
      <bdi>{title}</bdi>
    </button>
  );
}

function Groups({ groups }: { groups: readonly string[] }) {
  const [first, ...rest] = groups;
  if (first === undefined) return <span className={classes["dim"]}>–</span>;
  return (
    <span title={groups.join("\n")}>
      <Mono title={groups.join("\n")}>{first}</Mono>
      {rest.length > 0 && <span className={classes["more"]}>{texts.sessions.moreGroups(rest.length)}</span>}
    </span>
  );
}
