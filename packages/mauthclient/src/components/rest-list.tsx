// SPDX-License-Identifier: MIT
import { Button, Loader } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Reply } from "../state/api.ts";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import { Note } from "../ui/note.tsx";

interface RestListProps<Value> {
  readonly reply: Reply<Value> | null;
  readonly again: () => void;
  readonly children: (value: Value) => ReactNode;
}

/** What was read by REST, or that it is being read, or why it could not be. */
export function RestList<Value>({ reply, again, children }: RestListProps<Value>) {
  if (reply === null) {
    return (
      <div role="status">
        <Note icon={<Loader size="sm" />} title={texts.loadingRows} body="" />
      </div>
    );
  }
  if (reply.outcome === "ok") return children(reply.value);
  return (
    <div role="alert">
      <Note
        icon={<IconAlertTriangle aria-hidden />}
        title={pageTexts.cannotRead}
        body={reply.outcome === "refused" ? reply.sentence : texts.access.noAnswer}
        action={<Button onClick={again}>{pageTexts.again}</Button>}
      />
    </div>
  );
}
