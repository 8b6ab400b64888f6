// SPDX-License-Identifier: MIT
import { IconAlertTriangle, IconLockOpen, IconPlugConnectedX } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { useMemo } from "react";
import { useAccess, useConnection, useData, useLive, useNow, useView } from "../state/context.tsx";
import { type AlarmKind, alarmsOf } from "../state/mrouters.ts";
import { texts } from "../texts/texts.ts";
import { formatAge } from "../ui/format.ts";
import { useSustained } from "../ui/use-sustained.ts";
import classes from "./shell.module.css";

/** What somebody must know on every page: no connection, and mrouters that do not enforce what was decided. */
export function Banners() {
  const rejected = useView((view) => view.rejectedFrames);
  const hasData = useData((data) => data.server !== null);
  return (
    <div className={classes["banners"]}>
      <ConnectionBanner />
      <OpenBanner />
      {hasData && <MrouterBanners />}
      {rejected > 0 && (
        <div className={classes["banner"]} data-tone="warning" role="alert">
          <IconAlertTriangle size={18} aria-hidden />
          <span className={classes["bannerText"]}>{texts.connection.rejected(rejected)}</span>
        </div>
      )}
    </div>
  );
}

/** Nobody has to log in: whoever reaches the machine decides. */
function OpenBanner() {
  const access = useAccess();
  const isThere = useLocation({ select: (location) => location.pathname === "/accounts" });
  // The page of accounts says it itself.
  if (access.state !== "in" || !access.isOpen || isThere) return null;
  return (
    <div className={classes["banner"]} data-tone="info" role="status">
      <IconLockOpen size={18} aria-hidden />
      <span className={classes["bannerText"]}>{texts.access.open}</span>
      <Link to="/accounts" className={classes["bannerAction"]}>
        {texts.access.openAction}
      </Link>
    </div>
  );
}

function ConnectionBanner() {
  const connection = useConnection();
  const hasData = useData((data) => data.server !== null);
  if (connection.state === "live") return null;
  if (connection.state === "waiting") {
    return <LostBanner retryAtMs={connection.retryAtMs} lostAtMs={connection.lostAtMs} hasData={hasData} />;
  }
  // The very first connection takes no time worth a banner; the page says "waiting" itself.
  if (!hasData) return null;
  return (
    <div className={classes["banner"]} data-tone="info" role="status">
      <IconPlugConnectedX size={18} aria-hidden />
      <span className={classes["bannerText"]}>{texts.connection.reconnectingLong}</span>
    </div>
  );
}

function LostBanner(props: { retryAtMs: number; lostAtMs: number; hasData: boolean }) {
  const nowMs = useNow();
  const live = useLive();
  const seconds = Math.max(0, Math.ceil((props.retryAtMs - nowMs) / 1000));
  return (
    <div className={classes["banner"]} data-tone="warning">
      <IconPlugConnectedX size={18} aria-hidden />
      <span className={classes["bannerText"]}>
        {/* Announced once, not each second. */}
        <span role="alert">{texts.connection.lost} </span>
        {texts.connection.retryIn(seconds)}{" "}
        <span className={classes["bannerDetail"]}>
          {props.hasData ? texts.connection.stale(formatAge(nowMs - props.lostAtMs)) : texts.connection.never}
        </span>
      </span>
      <button type="button" className={classes["bannerAction"]} onClick={live.start}>
        {texts.connection.retry}
      </button>
    </div>
  );
}

const TONE: Record<AlarmKind, "alarm" | "warning"> = {
  memory: "alarm",
  offline: "alarm",
  monitor: "warning",
  detached: "alarm",
  drifted: "warning",
};
/** A drift that heals within this time is not worth a banner that pushes the page down. */
const DRIFT_SHOWN_AFTER_MS = 4_000;

function MrouterBanners() {
  const mrouters = useData((data) => data.mrouter);
  const isThere = useLocation({ select: (location) => location.pathname === "/mrouters" });
  const alarms = useMemo(() => alarmsOf(mrouters), [mrouters]);
  const isDriftLasting = useSustained(
    alarms.some((alarm) => alarm.kind === "drifted"),
    DRIFT_SHOWN_AFTER_MS,
  );
  return alarms
    .filter((alarm) => alarm.kind !== "drifted" || isDriftLasting)
    .map(({ kind, names }) => (
      <div key={kind} className={classes["banner"]} data-tone={TONE[kind]} role="alert">
        <IconAlertTriangle size={18} aria-hidden />
        <span className={classes["bannerText"]}>{texts.mrouters.alarms[kind](names.join(", "))}</span>
        {!isThere && (
          <Link to="/mrouters" className={classes["bannerAction"]} data-spare>
            {texts.mrouters.alarms.show}
          </Link>
        )}
      </div>
    ));
}
