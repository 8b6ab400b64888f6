// SPDX-License-Identifier: MIT
import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { texts } from "../texts/texts.ts";
import { PageHead } from "./page-head.tsx";

/** What an address shows that no page has. */
export function NotFound() {
  return (
    <>
      <PageHead title={texts.notFound.title} intro={texts.notFound.body} />
      <Anchor component={Link} to="/sessions">
        {texts.notFound.action}
      </Anchor>
    </>
  );
}
