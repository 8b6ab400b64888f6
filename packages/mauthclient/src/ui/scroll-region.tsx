// SPDX-License-Identifier: MIT
import type { ComponentProps } from "react";

interface ScrollRegionProps extends ComponentProps<"div"> {
  readonly label: string;
  /** "pre" for text whose lines stay as they are. */
  readonly as?: "div" | "pre";
}

/** A part of a page that scrolls by itself; it takes the focus, so that the keyboard can scroll it. */
export function ScrollRegion({ label, as: Box = "div", ...rest }: ScrollRegionProps) {
  return <Box {...(rest as object)} role="region" aria-label={label} tabIndex={0} />;
}
