// SPDX-License-Identifier: MIT
import { ActionIcon } from "@mantine/core";
import { IconBan, IconBroadcast, IconDots, IconLogout, IconRouter, IconShieldCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useAccess, useData, useGate } from "../state/context.tsx";
import { countTroubled } from "../state/mrouters.ts";
import { needsDecision } from "../state/pairs.ts";
import { texts } from "../texts/texts.ts";
import { formatCompact } from "../ui/format.ts";
import { Logo } from "../ui/logo.tsx";
import { ConnectionStatus } from "./connection-status.tsx";
import { FurtherLinks } from "./further-links.tsx";
import { SchemeSwitch } from "./scheme-switch.tsx";
import classes from "./shell.module.css";

const ICON = { size: 19, stroke: 1.8, "aria-hidden": true } as const;

/** The pages with their counts; a bar at the bottom on a phone. */
export function Navigation() {
  return (
    <nav className={classes["side"]} aria-label={texts.navigation}>
      <div className={classes["brand"]}>
        <Logo />
        <div>
          <div className={classes["brandName"]}>{texts.product}</div>
          <div className={classes["tagline"]}>{texts.tagline}</div>
        </div>
      </div>
      <ul className={classes["links"]}>
        <li>
          <Link to="/sessions" className={classes["link"]}>
            <IconBroadcast {...ICON} />
            <span className={classes["linkText"]}>{texts.sessions.nav}</span>
            <SessionCount />
          </Link>
        </li>
        <li>
          <Link to="/refused" className={classes["link"]}>
            <IconBan {...ICON} />
            <span className={classes["linkText"]}>{texts.refused.nav}</span>
            <RefusedCount />
          </Link>
        </li>
        <li>
          <Link to="/grants" className={classes["link"]}>
            <IconShieldCheck {...ICON} />
            <span className={classes["linkText"]}>{texts.grants.nav}</span>
            <GrantCount />
          </Link>
        </li>
        <li>
          <Link to="/mrouters" className={classes["link"]}>
            <IconRouter {...ICON} />
            <span className={classes["linkText"]}>{texts.mrouters.nav}</span>
            <MrouterCount />
          </Link>
        </li>
        <li className={classes["moreItem"]}>
          <Link to="/more" className={classes["link"]}>
            <IconDots {...ICON} />
            <span className={classes["linkText"]}>{texts.pages.more}</span>
          </Link>
        </li>
      </ul>
      <div className={classes["further"]}>
        <FurtherLinks className={classes["links"] ?? ""} linkClassName={classes["link"] ?? ""} />
      </div>
      <Who />
      <div className={classes["foot"]}>
        <ConnectionStatus />
        <SchemeSwitch />
      </div>
    </nav>
  );
}

// Each count is drawn by itself: the links beside it do not change with the feed.

function SessionCount() {
  return <Count count={useData((data) => data.session.size)} tone="quiet" />;
}

function GrantCount() {
  return <Count count={useData((data) => data.grant.size)} tone="quiet" />;
}

function RefusedCount() {
  const denied = useData((data) => data.denied);
  const grants = useData((data) => data.grant);
  const ignored = useData((data) => data.ignored);
  const toDecide = useMemo(
    () => [...denied.values()].filter((one) => needsDecision(one, grants, ignored)).length,
    [denied, grants, ignored],
  );
  return <Count count={toDecide} tone="attention" title={texts.toDecide(toDecide)} />;
}

function MrouterCount() {
  const count = useData((data) => data.mrouter.size);
  const troubled = useData((data) => countTroubled(data.mrouter));
  if (troubled === 0) return <Count count={count} tone="quiet" />;
  return <Count count={troubled} tone="alarm" title={texts.troubled(troubled)} />;
}

/** Who is logged in; nothing where everybody is. */
function Who() {
  const access = useAccess();
  const gate = useGate();
  if (access.state !== "in" || access.isOpen) return null;
  return (
    <div className={classes["who"]}>
      <bdi className={classes["version"]}>{texts.access.loggedInAs(access.me.name, access.me.role)}</bdi>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={texts.access.logout}
        title={texts.access.logout}
        onClick={() => void gate.logout()}
      >
        <IconLogout size={16} aria-hidden />
      </ActionIcon>
    </div>
  );
}

interface CountProps {
  readonly count: number;
  readonly tone: "quiet" | "attention" | "alarm";
  readonly title?: string;
}

function Count({ count, tone, title }: CountProps) {
  if (count === 0) return null;
  return (
    <span className={classes["count"]} data-tone={tone} title={title}>
      {formatCompact(count)}
    </span>
  );
}
