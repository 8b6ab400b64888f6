// SPDX-License-Identifier: MIT
import { useMediaQuery } from "@mantine/hooks";

/** Whether the window is a phone's: one column, cards for rows, navigation at the bottom. */
export function useIsNarrow(): boolean {
  return useMediaQuery("(max-width: 47.99em)", false, { getInitialValueInEffect: false });
}
