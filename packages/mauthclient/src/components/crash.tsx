// SPDX-License-Identifier: MIT
import { Button } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { IconAlertTriangle } from "@tabler/icons-react";
import { texts } from "../texts/texts.ts";
import { Note } from "../ui/note.tsx";

/** Stands in for a page that threw while it was drawn. */
export function Crash({ reset }: ErrorComponentProps) {
  return (
    <div role="alert">
      <Note
        icon={<IconAlertTriangle aria-hidden />}
        title={texts.crash.title}
        body={texts.crash.body}
        action={<Button onClick={reset}>{texts.crash.retry}</Button>}
      />
    </div>
  );
}
