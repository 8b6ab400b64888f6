// SPDX-License-Identifier: MIT
import { Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { texts } from "../texts/texts.ts";
import { useIsNarrow } from "../ui/use-is-narrow.ts";
import { SchemeSwitch } from "./scheme-switch.tsx";
import classes from "./page.module.css";

/** The heading of a page with one sentence about it and its main action. */
export function PageHead({ title, intro, action }: { title: string; intro: string; action?: ReactNode }) {
  const isNarrow = useIsNarrow();
  return (
    <div className={classes["head"]}>
      <title>{`${title} · ${texts.product}`}</title>
      <div className={classes["headText"]}>
        <Title order={1} size="h3">
          {title}
        </Title>
        <Text size="sm" c="dimmed" className={classes["intro"] ?? ""}>
          {intro}
        </Text>
      </div>
      {action}
      {isNarrow && <SchemeSwitch />}
    </div>
  );
}
