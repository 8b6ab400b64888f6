// SPDX-License-Identifier: MIT
import { Button } from "@mantine/core";
import { useState } from "react";
import * as z from "zod/mini";
import { MeanwhileNote } from "../components/meanwhile-note.tsx";
import { PageHead } from "../components/page-head.tsx";
import { RestList } from "../components/rest-list.tsx";
import { useChange } from "../components/use-change.ts";
import { useSeen } from "../components/use-seen.ts";
import { useAccess, useData, useGate, useHindrance } from "../state/context.tsx";
import { useReply } from "../state/use-reply.ts";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import classes from "./admin.module.css";
import { ImportBox } from "./import-box.tsx";

const POLICIES = ["keep", "grace", "revoke"] as const;
const Settings = z.object({ deletionPolicy: z.enum(POLICIES) });
type Policy = (typeof POLICIES)[number];

/** What admins choose while mauthserver runs; export and import; who is logged in. */
export function SettingsPage() {
  const { reply, again } = useReply("/settings", Settings);
  const access = useAccess();
  const gate = useGate();
  const version = useData((data) => data.server?.version);
  return (
    <>
      <PageHead title={pageTexts.settings.title} intro={pageTexts.settings.intro} />
      <ScrollRegion className={classes["page"]} label={pageTexts.settings.title}>
        <section className={classes["box"]} aria-label={pageTexts.settings.deletion}>
          <h2>{pageTexts.settings.deletion}</h2>
          <RestList reply={reply} again={again}>
            {(settings) => (
              <DeletionPolicy key={settings.deletionPolicy} now={settings.deletionPolicy} onSaved={again} />
            )}
          </RestList>
        </section>
        <section className={classes["box"]} aria-label={pageTexts.settings.exchange}>
          <h2>{pageTexts.settings.exchange}</h2>
          <p className={classes["links"]}>
            {(["csv", "json"] as const).map((format) => (
              <a key={format} href={`/api/v1/export?format=${format}`} download>
                {texts.exportAs(format.toUpperCase())}
              </a>
            ))}
          </p>
          <ImportBox />
        </section>
        <section className={classes["box"]} aria-label={pageTexts.settings.about}>
          <h2>{pageTexts.settings.about}</h2>
          <div className={classes["form"]}>
            {version !== undefined && <span>{texts.connection.version(version)}</span>}
            <a href="/api/v1/openapi.json">{pageTexts.settings.openapi}</a>
            {access.state === "in" && <span>{texts.access.loggedInAs(access.me.name, access.me.role)}</span>}
            {access.state === "in" && !access.isOpen && (
              <Button size="xs" variant="default" onClick={() => void gate.logout()}>
                {texts.access.logout}
              </Button>
            )}
          </div>
        </section>
      </ScrollRegion>
    </>
  );
}

function DeletionPolicy({ now, onSaved }: { now: Policy; onSaved: () => void }) {
  const [chosen, setChosen] = useState<Policy>(now);
  const hindrance = useHindrance("admin");
  const { run, isBusy } = useChange();
  const seen = useSeen("/settings", { deletionPolicy: now });
  const save = async (): Promise<void> => {
    const what = pageTexts.settings.deletion;
    const done = pageTexts.settings.saved(pageTexts.settings.policies[chosen].name);
    const body = { deletionPolicy: chosen };
    const reply = await run({ method: "PUT", path: "/settings", body, what, done, ifMatch: await seen.ifMatch() });
    if (!seen.isOutdated(reply) && reply.outcome === "ok") onSaved();
  };
  return (
    <>
      <fieldset className={classes["choices"]} disabled={hindrance !== undefined}>
        <legend className={classes["dim"]}>{pageTexts.settings.deletionHint}</legend>
        {POLICIES.map((policy) => (
          <label key={policy}>
            <input type="radio" name="deletion-policy" checked={chosen === policy} onChange={() => setChosen(policy)} />
            <span>
              {pageTexts.settings.policies[policy].name}{" "}
              <span className={classes["dim"]}>{pageTexts.settings.policies[policy].hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {seen.meanwhile !== null && <MeanwhileNote meanwhile={seen.meanwhile} />}
      <Button
        size="xs"
        loading={isBusy}
        disabled={hindrance !== undefined || chosen === now}
        title={hindrance}
        onClick={() => void save()}
      >
        {texts.permitDialog.save}
      </Button>
    </>
  );
}
