// SPDX-License-Identifier: MIT
import { Group, NativeSelect, NumberInput, TextInput } from "@mantine/core";
import {
  type Announcement,
  AnnouncementRequest,
  INFO_LENGTH_MAX,
  INTERVAL_SECONDS_MAX,
  INTERVAL_SECONDS_MIN,
  TITLE_LENGTH_MAX,
} from "@mauth/protocol/api";
import { useState } from "react";
import { DialogFrame } from "../components/dialog-frame.tsx";
import { useChange } from "../components/use-change.ts";
import { useSeen } from "../components/use-seen.ts";
import { useHindrance } from "../state/context.tsx";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";

const PURPOSES = ["audio", "video", "aes67"] as const;

interface Fields {
  readonly title: string;
  readonly info: string;
  readonly purpose: (typeof PURPOSES)[number];
  readonly group: string;
  readonly port: string | number;
  readonly ttl: string | number;
  readonly sources: string;
  readonly referenceClock: string;
  readonly seconds: string | number;
}

function fieldsOf(announcement: Announcement | undefined): Fields {
  return {
    title: announcement?.title ?? "",
    info: announcement?.info ?? "",
    purpose: announcement?.purpose ?? "audio",
    group: announcement?.group ?? "",
    port: announcement?.port ?? 5004,
    ttl: announcement?.ttl ?? 15,
    sources: announcement?.sources.join(", ") ?? "",
    referenceClock: announcement?.referenceClock ?? "",
    seconds: announcement?.interval.mode === "fixed" ? announcement.interval.seconds : 30,
  };
}

interface AnnounceDialogProps {
  readonly announcement: Announcement | undefined;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Begins to announce a session, or changes one; an announcement permits nothing. */
export function AnnounceDialog({ announcement, isOpen, onClose }: AnnounceDialogProps) {
  const [fields, setFields] = useState<Fields>(() => fieldsOf(announcement));
  // Errors are shown after the first attempt, not while somebody still types.
  const [isTried, setIsTried] = useState(false);
  const { run, progress } = useChange();
  const path = announcement === undefined ? null : `/announcements/${encodeURIComponent(announcement.id)}`;
  const seen = useSeen(path, announcement && { title: announcement.title, sessVersion: announcement.sessVersion });
  const hindrance = useHindrance("operator");
  const set = (part: Partial<Fields>): void => setFields({ ...fields, ...part });
  const body = { ...keptOf(announcement), ...bodyOf(fields) };
  const parsed = AnnouncementRequest.safeParse(body);
  const errorOf = (name: string): string | undefined => {
    if (!isTried || parsed.success) return undefined;
    return parsed.error.issues.find((issue) => String(issue.path[0]) === name)?.message;
  };
  const submit = async (): Promise<void> => {
    setIsTried(true);
    if (!parsed.success) return;
    const method = path === null ? "POST" : "PUT";
    const done = pageTexts.announce.announced(fields.title.trim());
    const ifMatch = await seen.ifMatch();
    const reply = await run({ method, path: path ?? "/announcements", body, what: fields.title.trim(), done, ifMatch });
    if (!seen.isOutdated(reply) && reply.outcome === "ok") onClose();
  };
  return (
    <DialogFrame
      title={announcement === undefined ? pageTexts.announce.add : pageTexts.announce.editOf(announcement.title)}
      isOpen={isOpen}
      onClose={onClose}
      hindrance={hindrance}
      submit={{ label: pageTexts.announce.submit, onSubmit: submit }}
      progress={progress}
      meanwhile={seen.meanwhile}
    >
      <TextInput
        data-autofocus
        label={pageTexts.announce.fields.title}
        maxLength={TITLE_LENGTH_MAX}
        value={fields.title}
        error={errorOf("title")}
        onChange={(event) => set({ title: event.currentTarget.value })}
      />
      <TextInput
        label={pageTexts.announce.fields.info}
        maxLength={INFO_LENGTH_MAX}
        value={fields.info}
        error={errorOf("info")}
        onChange={(event) => set({ info: event.currentTarget.value })}
      />
      <Group gap="sm" align="flex-start" grow>
        <NativeSelect
          label={pageTexts.announce.fields.purpose}
          value={fields.purpose}
          data={PURPOSES.map((value) => ({ value, label: pageTexts.announce.purposes[value] }))}
          onChange={(event) =>
            set({ purpose: PURPOSES.find((one) => one === event.currentTarget.value) ?? fields.purpose })
          }
        />
        <TextInput
          label={pageTexts.announce.fields.group}
          placeholder={pageTexts.announce.chosen}
          value={fields.group}
          error={errorOf("group")}
          onChange={(event) => set({ group: event.currentTarget.value })}
        />
      </Group>
      <Group gap="sm" align="flex-start" grow>
        <NumberInput
          label={pageTexts.announce.fields.port}
          min={1}
          max={65_535}
          hideControls
          value={fields.port}
          error={errorOf("port")}
          onChange={(port) => set({ port })}
        />
        <NumberInput
          label={texts.ttl.label}
          min={1}
          max={255}
          hideControls
          value={fields.ttl}
          error={errorOf("ttl")}
          onChange={(ttl) => set({ ttl })}
        />
        <NumberInput
          label={pageTexts.announce.fields.seconds}
          min={INTERVAL_SECONDS_MIN}
          max={INTERVAL_SECONDS_MAX}
          hideControls
          value={fields.seconds}
          error={errorOf("interval")}
          onChange={(seconds) => set({ seconds })}
        />
      </Group>
      <TextInput
        label={pageTexts.announce.fields.sources}
        description={pageTexts.announce.sourcesHint}
        value={fields.sources}
        error={errorOf("sources")}
        onChange={(event) => set({ sources: event.currentTarget.value })}
      />
      {fields.purpose === "aes67" && (
        <TextInput
          label={pageTexts.announce.fields.clock}
          placeholder={pageTexts.announce.clockExample}
          value={fields.referenceClock}
          error={errorOf("referenceClock")}
          onChange={(event) => set({ referenceClock: event.currentTarget.value })}
        />
      )}
    </DialogFrame>
  );
}

/** What the form does not show and a change must not lose. */
function keptOf(announcement: Announcement | undefined) {
  if (announcement === undefined) return {};
  const { attributes, codec, lineEnd, sapGroups, endsAt } = announcement;
  return { attributes, codec, lineEnd, sapGroups, ...(endsAt === undefined ? {} : { endsAt }) };
}

function bodyOf(fields: Fields) {
  const { title, info, purpose, group, port, ttl, sources, referenceClock, seconds } = fields;
  return {
    title,
    purpose,
    port,
    ttl,
    sources: sources.split(/[\s,]+/).filter(Boolean),
    interval: { mode: "fixed", seconds },
    ...(info.trim() === "" ? {} : { info }),
    ...(group.trim() === "" ? {} : { group: group.trim() }),
    ...(purpose !== "aes67" || referenceClock.trim() === "" ? {} : { referenceClock: referenceClock.trim() }),
  };
}
