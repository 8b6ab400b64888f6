// SPDX-License-Identifier: MIT
import { Anchor } from "@mantine/core";
import { IconHelp } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { texts } from "../texts.ts";
import { Note } from "../ui/note.tsx";

export function NotFound() {
  return (
    <Note
      icon={<IconHelp aria-hidden />}
      title={texts.notFound.title}
      body={texts.notFound.body}
      action={
        <Anchor component={Link} to="/sessions">
          {texts.notFound.action}
        </Anchor>
      }
    />
  );
}
