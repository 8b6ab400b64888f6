// SPDX-License-Identifier: MIT
import { Link } from "@tanstack/react-router";
import type { Belonging as BelongingValue } from "../state/pairs.ts";
import { texts } from "../texts.ts";
import classes from "./belonging.module.css";

/** The session that a pair belongs to, as a link to it. */
export function Belonging({ belonging }: { belonging: BelongingValue }) {
  if (belonging.kind === "unannounced") return <span className={classes["dim"]}>{texts.refused.unannounced}</span>;
  const { session } = belonging;
  const title = session.title || texts.sessions.untitled;
  const isForeign = belonging.kind === "foreign-source";
  return (
    <Link to="/sessions" search={{ session: session.id }} className={classes["link"]} title={title}>
      <bdi>{isForeign ? texts.refused.foreign(title) : title}</bdi>
    </Link>
  );
}
