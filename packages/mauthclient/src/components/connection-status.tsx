// SPDX-License-Identifier: MIT
import { useConnection, useData } from "../state/context.tsx";
import { texts } from "../texts/texts.ts";
import classes from "./shell.module.css";

/** A dot and a word at the foot of the navigation. */
export function ConnectionStatus() {
  const { state } = useConnection();
  const version = useData((data) => data.server?.version);
  return (
    <div className={classes["status"]} title={state === "live" ? texts.connection.liveHint : undefined}>
      <span className={classes["dot"]} data-state={state} />
      <div>
        <div>{texts.connection[state]}</div>
        {version !== undefined && <div className={classes["version"]}>{texts.connection.version(version)}</div>}
      </div>
    </div>
  );
}
