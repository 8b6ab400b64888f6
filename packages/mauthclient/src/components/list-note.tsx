// SPDX-License-Identifier: MIT
import { Button, Loader } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useHasData, useProgress } from "../state/context.tsx";
import { texts } from "../texts/texts.ts";
import { Note } from "../ui/note.tsx";

interface ListNoteProps {
  readonly icon: ReactNode;
  readonly empty: { readonly title: string; readonly body: string };
  readonly isFiltered: boolean;
  readonly onClear?: () => void;
  readonly action?: ReactNode;
}

/** Why a list has no rows: not connected yet, nothing there, or nothing that matches. */
export function ListNote({ icon, empty, isFiltered, onClear, action }: ListNoteProps) {
  const hasData = useHasData();
  const progress = useProgress();
  if (!hasData) {
    const title = progress === undefined ? texts.loadingRows : texts.loadingOf(progress.sent, progress.total);
    return (
      <div role="status">
        <Note icon={<Loader size="sm" />} title={title} body={texts.loadingHint} />
      </div>
    );
  }
  if (!isFiltered) return <Note icon={icon} title={empty.title} body={empty.body} action={action} />;
  return (
    <Note
      icon={<IconSearch aria-hidden />}
      title={texts.noMatch.title}
      body={texts.noMatch.body}
      action={
        <Button variant="default" onClick={onClear}>
          {texts.clear}
        </Button>
      }
    />
  );
}
