// SPDX-License-Identifier: MIT
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { texts } from "../texts/texts.ts";
import classes from "./page.module.css";
import type { Selection } from "./use-selection.ts";

/** What can be done with the selected rows; lies over the foot of the list, so that nothing moves when it appears. */
export function SelectionBar<Row>({ selection, children }: { selection: Selection<Row>; children: ReactNode }) {
  const count = selection.ids.size;
  if (count === 0) return null;
  return (
    <div className={classes["selection"]} role="region" aria-label={texts.selected(count)}>
      <strong role="status">{texts.selected(count)}</strong>
      {children}
      <Button size="xs" variant="subtle" color="gray" onClick={() => selection.set([])}>
        {texts.clearSelection}
      </Button>
    </div>
  );
}
