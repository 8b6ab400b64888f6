// SPDX-License-Identifier: MIT
import { texts } from "../texts/texts.ts";
import classes from "./ui.module.css";

/** "192.0.2.10 → 233.252.0.1" in digits of one width. */
export function Pair({ source, group, title }: { source: string; group: string; title?: string }) {
  return (
    <span className={classes["mono"]} title={title ?? texts.pair(source, group)}>
      {texts.pair(source, group)}
    </span>
  );
}

export function Mono({ children, title }: { children: string; title?: string }) {
  return (
    <span className={classes["mono"]} title={title ?? children}>
      {children}
    </span>
  );
}
