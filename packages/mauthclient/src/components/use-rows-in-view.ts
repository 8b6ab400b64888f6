// SPDX-License-Identifier: MIT
import { type RefObject, useLayoutEffect, useState } from "react";

/** Rows beyond each edge, which are there already when the list is scrolled. */
const SPARE_ROWS = 4;
/** The window moves by so many rows at once, so that not every pixel of scrolling draws. */
const STEP_ROWS = 4;
/** Before the list has been measured. */
const FIRST_ROWS = 30;

/** Places of rows, the last one excluded. */
export interface RowWindow {
  readonly first: number;
  readonly last: number;
}

/** The rows of a list that are in view or nearly; all are `heightPx` high. */
export function useRowsInView(scroll: RefObject<HTMLElement | null>, count: number, heightPx: number): RowWindow {
  const [{ first, last }, setWindow] = useState<RowWindow>({ first: 0, last: FIRST_ROWS });
  useLayoutEffect(() => {
    const box = scroll.current;
    if (box === null) return undefined;
    const look = (): void => {
      const next = windowAt(box.scrollTop, box.clientHeight, heightPx);
      setWindow((before) => (before.first === next.first && before.last === next.last ? before : next));
    };
    look();
    box.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(box);
    return () => {
      box.removeEventListener("scroll", look);
      observer.disconnect();
    };
  }, [scroll, heightPx]);
  // A list that has become shorter is scrolled back by the browser, after it was drawn.
  const end = Math.min(last, count);
  return { first: Math.max(0, Math.min(first, end - (last - first))), last: end };
}

/** The rows to draw, pixels from the top of the list. */
export function windowAt(scrollTopPx: number, lengthPx: number, heightPx: number): RowWindow {
  const first = Math.floor(scrollTopPx / heightPx / STEP_ROWS) * STEP_ROWS - SPARE_ROWS;
  const visible = Math.ceil(lengthPx / heightPx) + STEP_ROWS;
  return { first: Math.max(0, first), last: Math.max(0, first + SPARE_ROWS + visible + SPARE_ROWS) };
}
