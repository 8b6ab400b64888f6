// SPDX-License-Identifier: MIT
import { Badge } from "@mantine/core";
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
import { texts } from "../texts.ts";

const ICON = { size: 13, stroke: 2.2, "aria-hidden": true } as const;

const MIDDLE = { verticalAlign: "middle" } as const;

interface Look {
  readonly color: string;
  readonly icon: ReactNode;
}

function Status({ look, title, children }: { look: Look; title?: string; children: string }) {
  return (
    <Badge
      variant="light"
      color={look.color}
      leftSection={look.icon}
      title={title}
      tt="none"
      fw={600}
      radius="sm"
      style={MIDDLE}
      px={7}
    >
      {children}
    </Badge>
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
};

export function MrouterBadge({ state }: { state: Mrouter["state"] }) {
  return <Status look={MROUTER[state]}>{texts.mrouters.states[state]}</Status>;
}

/** The scope name of a TTL with its hops. */
export function ScopeBadge({ ttl }: { ttl: number | null }) {
  if (ttl === null) return <span>{texts.ttl.unknown}</span>;
  return (
    <Badge variant="default" tt="none" fw={500} radius="sm" style={MIDDLE} px={7} title={texts.ttl.hops(ttl)}>
      {texts.ttl.scopeOf(ttl, scopeOfTtl(ttl).name)}
    </Badge>
  );
}
