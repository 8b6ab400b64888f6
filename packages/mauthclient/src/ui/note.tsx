// SPDX-License-Identifier: MIT
import { EmptyState } from "@mantine/core";
import type { ReactNode } from "react";

/** What stands where rows would be: why there are none and what to do. */
export function Note(props: { icon: ReactNode; title: string; body: string; action?: ReactNode }) {
  return (
    <EmptyState
      withIndicatorBackground
      icon={props.icon}
      title={props.title}
      description={props.body}
      maw={460}
      mx="auto"
      my={48}
    >
      {props.action !== undefined && <EmptyState.Actions>{props.action}</EmptyState.Actions>}
    </EmptyState>
  );
}
