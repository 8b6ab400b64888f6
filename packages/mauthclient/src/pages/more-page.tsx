// SPDX-License-Identifier: MIT
import { Link } from "@tanstack/react-router";
import { FurtherLinks } from "../components/further-links.tsx";
import { PageHead } from "../components/page-head.tsx";
import { useAccess } from "../state/context.tsx";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import classes from "./more.module.css";

/** On a phone, the pages that have no room in the bar below. */
export function MorePage() {
  const access = useAccess();
  return (
    <>
      <PageHead title={pageTexts.more.title} intro={pageTexts.more.intro} />
      <nav aria-label={pageTexts.more.title}>
        <FurtherLinks className={classes["links"] ?? ""} linkClassName={classes["link"] ?? ""} />
      </nav>
      {access.state === "in" && (
        <p className={classes["who"]}>
          <Link to="/settings">{texts.access.loggedInAs(access.me.name, access.me.role)}</Link>
        </p>
      )}
    </>
  );
}
