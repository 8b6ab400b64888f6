// SPDX-License-Identifier: MIT
import { type Mrouter, type Reason, scopeOfTtl } from "@mauth/protocol/api";
import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleHalf2,
  IconCircleX,
  IconClock,
  IconQuestionMark,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Permission, Standing } from "../state/pairs.ts";
import { texts } from "../texts/texts.ts";
import classes from "./badges.module.css";

const ICON = { size: 13, stroke: 2.2, "aria-hidden": true } as const;

interface Look {
  readonly color: string;
  readonly icon: ReactNode;
}

/** A plain span: thousands of them pass while a list scrolls, and a Badge of the library costs ten times as much. */
function Status({ look, title, children }: { look: Look; title?: string; children: string }) {
  return (
    <span className={classes["badge"]} data-color={look.color} title={title}>
      {look.icon}
      {children}
    </span>
  );
}

const PERMISSION: Record<Permission, Look> = {
  permitted: { color: "green", icon: <IconCircleCheck {...ICON} /> },
  partly: { color: "yellow", icon: <IconCircleHalf2 {...ICON} /> },
  "not-permitted": { color: "gray", icon: <IconBan {...ICON} /> },
  none: { color: "gray", icon: <IconCircleDashed {...ICON} /> },
};

export function PermissionBadge({ permission }: { permission: Permission }) {
  return <Status look={PERMISSION[permission]}>{texts.permission[permission]}</Status>;
}

const STANDING: Record<Standing, Look> = {
  enforced: { color: "green", icon: <IconCircleCheck {...ICON} /> },
  pending: { color: "yellow", icon: <IconClock {...ICON} /> },
  failed: { color: "red", icon: <IconCircleX {...ICON} /> },
  nowhere: { color: "orange", icon: <IconQuestionMark {...ICON} /> },
};

export function StandingBadge({ standing, detail }: { standing: Standing; detail: string }) {
  return (
    <Status look={STANDING[standing]} title={`${texts.standingHint[standing]}${detail && `\n${detail}`}`}>
      {texts.standing[standing]}
    </Status>
  );
}

const REASON_WAITS = new Set<Reason>(["UNKNOWN", "EXPIRED"]);

export function ReasonBadge({ reason }: { reason: Reason }) {
  const look = REASON_WAITS.has(reason)
    ? { color: "gray", icon: <IconBan {...ICON} /> }
    : { color: "orange", icon: <IconAlertTriangle {...ICON} /> };
  return (
    <Status look={look} title={texts.reasons[reason].long}>
      {texts.reasons[reason].name}
    </Status>
  );
}

const MROUTER: Record<Mrouter["state"], Look> = {
  connecting: { color: "gray", icon: <IconClock {...ICON} /> },
  online: { color: "green", icon: <IconCircleCheck {...ICON} /> },
  drifted: { color: "yellow", icon: <IconAlertTriangle {...ICON} /> },
  offline: { color: "red", icon: <IconCircleX {...ICON} /> },
  full: { color: "red", icon: <IconAlertTriangle {...ICON} /> },
  foreign: { color: "red", icon: <IconAlertTriangle {...ICON} /> },
  version: { color: "red", icon: <IconAlertTriangle {...ICON} /> },
};

export function MrouterBadge({ state }: { state: Mrouter["state"] }) {
  return <Status look={MROUTER[state]}>{texts.mrouters.states[state]}</Status>;
}

/** An internal interface of an mrouter, and whether its packets meet the filter. */
export function InterfaceBadge({ name, isAttached }: { name: string; isAttached: boolean }) {
  const { attached, detached } = texts.mrouters;
  return (
    <span
      className={classes["badge"]}
      data-color={isAttached ? "gray" : "red"}
      title={isAttached ? attached : detached}
    >
      {isAttached ? name : `${name}: ${detached}`}
    </span>
  );
}

/** The scope name of a TTL with its hops. */
export function ScopeBadge({ ttl }: { ttl: number | null }) {
  if (ttl === null) return <span>{texts.ttl.unknown}</span>;
  return (
    <span className={classes["scope"]} title={texts.ttl.hops(ttl)}>
      {texts.ttl.scopeOf(ttl, scopeOfTtl(ttl).name)}
    </span>
  );
}
