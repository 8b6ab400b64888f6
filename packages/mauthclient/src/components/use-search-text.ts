// SPDX-License-Identifier: MIT
import { useEffect, useRef, useState } from "react";

/** The address follows the search field after this pause; the table follows at once. */
const COMMIT_DELAY_MS = 250;

/** The text of a search field: what is typed at once, and what the address says when that changes by itself. */
export function useSearchText(
  inAddress: string,
  commit: (text: string | undefined) => void,
): readonly [string, (text: string) => void] {
  const [state, setState] = useState({ typed: inAddress, seen: inAddress, sent: inAddress });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  if (inAddress !== state.seen) {
    // The echo of our own change must not undo what was typed since.
    const typed = inAddress === state.sent ? state.typed : inAddress;
    setState({ ...state, seen: inAddress, typed });
  }
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (typed: string): void => {
    setState((before) => ({ ...before, typed }));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setState((before) => ({ ...before, sent: typed }));
      commit(typed === "" ? undefined : typed);
    }, COMMIT_DELAY_MS);
  };
  return [state.typed, change];
}
