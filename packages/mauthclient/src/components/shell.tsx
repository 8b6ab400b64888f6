// SPDX-License-Identifier: MIT
import { Outlet } from "@tanstack/react-router";
import { useView } from "../state/context.tsx";
import { texts } from "../texts/texts.ts";
import { Banners } from "./banners.tsx";
import { DialogsProvider } from "./dialogs.tsx";
import { Navigation } from "./navigation.tsx";
import classes from "./shell.module.css";

/** Navigation, banners and the page. */
export function Shell() {
  const isStale = useView((view) => view.connection.state !== "live" && view.data.server !== null);
  return (
    <DialogsProvider>
      <a className={classes["skip"]} href="#content">
        {texts.skipToContent}
      </a>
      <div className={classes["shell"]}>
        <Navigation />
        <main id="content" className={classes["main"]} tabIndex={-1}>
          <Banners />
          <div className={classes["page"]} data-stale={isStale || undefined}>
            <Outlet />
          </div>
        </main>
      </div>
    </DialogsProvider>
  );
}
