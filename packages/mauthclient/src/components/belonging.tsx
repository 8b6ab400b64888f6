// SPDX-License-Identifier: MIT
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Belonging as BelongingValue } from "../state/pairs.ts";
import { texts } from "../texts/texts.ts";
import classes from "./belonging.module.css";

/** The session that a pair belongs to, as a link to it. */
export function Belonging({ belonging }: { belonging: BelongingValue }) {
  if (belonging.kind === "unannounced") return <span className={classes["dim"]}>{texts.refused.unannounced}</span>;
  const { session } = belonging;
  const title = session.title || texts.sessions.untitled;
  const isForeign = belonging.kind === "foreign-source";
  const hint = isForeign ? texts.refused.foreignHint(title) : title;
  return (
    <Link to="/sessions" search={{ session: session.id }} className={classes["link"]} title={hint}>
      {isForeign && <IconAlertTriangle size={14} className={classes["warn"]} aria-hidden />}
      <bdi>{isForeign ? texts.refused.foreign(title) : title}</bdi>
    </Link>
  );
}
