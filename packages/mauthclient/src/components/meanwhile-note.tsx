// SPDX-License-Identifier: MIT
import { texts } from "../texts/texts.ts";
import classes from "./dialogs.module.css";
import type { Meanwhile } from "./use-seen.ts";

/** Who changed what while a dialog was open; what was typed there stays. */
export function MeanwhileNote({ meanwhile }: { meanwhile: Meanwhile }) {
  const { by, isGone, changes } = meanwhile;
  return (
    <div className={classes["meanwhile"]} role="alert">
      <strong>
        <bdi>{by ?? texts.meanwhile.somebody}</bdi> {isGone ? texts.meanwhile.removed : texts.meanwhile.changed}
      </strong>
      <ul>
        {changes.map(({ field, before, after }) => (
          <li key={field}>{texts.meanwhile.field(field, before, after)}</li>
        ))}
      </ul>
      {texts.meanwhile.kept}
    </div>
  );
}
