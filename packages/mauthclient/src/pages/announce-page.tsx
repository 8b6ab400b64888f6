// SPDX-License-Identifier: MIT
import { Button } from "@mantine/core";
import type { Announcement } from "@mauth/protocol/api";
import { IconPlus, IconSpeakerphone } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ListNote } from "../components/list-note.tsx";
import { PageHead } from "../components/page-head.tsx";
import { useChange } from "../components/use-change.ts";
import { useData, useHindrance } from "../state/context.tsx";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import { ScopeBadge } from "../ui/badges.tsx";
import { formatInstant } from "../ui/format.ts";
import { Mono } from "../ui/pair.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import classes from "./admin.module.css";
import { AnnounceDialog } from "./announce-dialog.tsx";

/** The sessions that mauthserver announces itself. */
export function AnnouncePage() {
  const announcements = useData((data) => data.announcement);
  const [dialog, setDialog] = useState<{ key: number; isOpen: boolean; announcement?: Announcement }>({
    key: 0,
    isOpen: false,
  });
  const hindrance = useHindrance("operator");
  const sorted = [...announcements.values()].sort((a, b) => a.title.localeCompare(b.title, "en"));
  const open = (announcement?: Announcement): void =>
    setDialog({ key: dialog.key + 1, isOpen: true, ...(announcement === undefined ? {} : { announcement }) });
  const add = (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      disabled={hindrance !== undefined}
      title={hindrance}
      onClick={() => open()}
    >
      {pageTexts.announce.add}
    </Button>
  );
  return (
    <>
      <PageHead title={pageTexts.announce.title} intro={pageTexts.announce.intro} action={add} />
      {sorted.length === 0 ? (
        <ListNote icon={<IconSpeakerphone aria-hidden />} empty={pageTexts.announce.empty} isFiltered={false} />
      ) : (
        <ScrollRegion className={classes["page"]} label={pageTexts.announce.title}>
          {sorted.map((one) => (
            <AnnouncementBox key={one.id} announcement={one} onEdit={() => open(one)} />
          ))}
        </ScrollRegion>
      )}
      <AnnounceDialog
        key={dialog.key}
        announcement={dialog.announcement}
        isOpen={dialog.isOpen}
        onClose={() => setDialog({ ...dialog, isOpen: false })}
      />
    </>
  );
}

function AnnouncementBox({ announcement, onEdit }: { announcement: Announcement; onEdit: () => void }) {
  const { id, title, group, port, ttl, codec, session, interval, sapGroups, endsAt, sdp } = announcement;
  const hindrance = useHindrance("operator");
  const { run, isBusy } = useChange();
  const end = (): void =>
    void run({
      method: "DELETE",
      path: `/announcements/${encodeURIComponent(id)}`,
      what: title,
      done: pageTexts.announce.ended(title),
    });
  return (
    <section className={classes["box"]} aria-label={title}>
      <div className={classes["head"]}>
        <h2>
          <Link to="/sessions" search={{ session }}>
            <bdi>{title}</bdi>
          </Link>
        </h2>
        <Button size="xs" variant="default" disabled={hindrance !== undefined} title={hindrance} onClick={onEdit}>
          {texts.edit}
        </Button>
        <Button
          size="xs"
          variant="default"
          loading={isBusy}
          disabled={hindrance !== undefined}
          title={hindrance}
          onClick={end}
        >
          {pageTexts.announce.end}
        </Button>
      </div>
      <p className={classes["links"]}>
        <Mono>{`${group}:${port}`}</Mono> <ScopeBadge ttl={ttl} /> <span>{codec}</span>
      </p>
      <p className={classes["dim"]}>
        {pageTexts.announce.every(interval.mode === "fixed" ? interval.seconds : null, sapGroups.join(", "))}
        {endsAt !== undefined && ` · ${pageTexts.announce.until(formatInstant(endsAt))}`}
      </p>
      <details>
        <summary className={classes["dim"]}>{texts.session.sdp}</summary>
        <ScrollRegion className={classes["sdp"]} label={texts.session.sdp} as="pre">
          {sdp}
        </ScrollRegion>
      </details>
    </section>
  );
}
