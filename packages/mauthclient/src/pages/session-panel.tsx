// SPDX-License-Identifier: MIT
import { ActionIcon, Button, Drawer, Group, Stack } from "@mantine/core";
import "@mantine/core/styles/Overlay.css";
import "@mantine/core/styles/ModalBase.css";
import "@mantine/core/styles/Drawer.css";
import { useClipboard } from "@mantine/hooks";
import type { Conflict, Grant, Session } from "@mauth/protocol/api";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useDialogs } from "../components/dialogs.tsx";
import { assertNever } from "../state/assert-never.ts";
import { useData, useHindrance, useServerNow } from "../state/context.tsx";
import { candidatesOf } from "../state/candidates.ts";
import { coveringGrant } from "../state/coverage.ts";
import { permissionOf } from "../state/pairs.ts";
import { texts } from "../texts/texts.ts";
import { PermissionBadge, ScopeBadge } from "../ui/badges.tsx";
import { formatAge, formatInstant, formatLeft } from "../ui/format.ts";
import { Mono } from "../ui/pair.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import classes from "./pages.module.css";
import { SessionSenders } from "./session-senders.tsx";

/** Everything about one session, beside the list. */
export function SessionPanel({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const session = useData((data) => (id === undefined ? undefined : data.session.get(id)));
  const hasData = useData((data) => data.server !== null);
  const dialogs = useDialogs();
  const title = session === undefined ? texts.sessions.gone.title : session.title || texts.sessions.untitled;
  return (
    <Drawer
      opened={id !== undefined && hasData}
      onClose={onClose}
      position="right"
      size={520}
      // Escape must close the dialog above, not the panel below it.
      closeOnEscape={!dialogs.isOpen}
      trapFocus={!dialogs.isOpen}
      overlayProps={{ backgroundOpacity: 0.25 }}
      title={<bdi className={classes["panelTitle"]}>{title}</bdi>}
      closeButtonProps={{ "aria-label": texts.close }}
    >
      {session === undefined ? texts.sessions.gone.body : <Details session={session} />}
    </Drawer>
  );
}

function Details({ session }: { session: Session }) {
  return (
    <Stack gap="lg">
      <Acts session={session} />
      <Conflicts session={session} />
      <OwnAnnouncement session={session} />
      <section>
        <h3 className={classes["section"]}>{texts.session.senders}</h3>
        <SessionSenders session={session} />
      </section>
      <section>
        <h3 className={classes["section"]}>{texts.session.media}</h3>
        <MediaList session={session} />
      </section>
      <Facts session={session} />
      <Sdp sdp={session.sdp} />
    </Stack>
  );
}

function Acts({ session }: { session: Session }) {
  const grants = useData((data) => data.grant);
  const denied = useData((data) => data.denied);
  const hint = useHindrance("approver");
  const dialogs = useDialogs();
  const permission = permissionOf(session, grants);
  const own = new Set(session.flows.flatMap((flow): Grant | Grant[] => coveringGrant(grants, flow) ?? []));
  const permit = (): void =>
    dialogs.open({ kind: "permit", session, candidates: candidatesOf(session, grants, denied) });
  return (
    <Group gap="xs">
      <PermissionBadge permission={permission} />
      <div className={classes["grow"]} />
      {own.size > 0 && (
        <Button
          variant="default"
          disabled={hint !== undefined}
          title={hint}
          onClick={() => dialogs.open({ kind: "revoke", grants: [...own] })}
        >
          {texts.revoke}
        </Button>
      )}
      {(permission === "not-permitted" || permission === "partly") && (
        <Button disabled={hint !== undefined} title={hint} onClick={permit} data-autofocus>
          {texts.permit}
        </Button>
      )}
    </Group>
  );
}

function Conflicts({ session }: { session: Session }) {
  const sessions = useData((data) => data.session);
  const { conflicts = [] } = session;
  if (conflicts.length === 0) return null;
  return (
    <ul className={classes["warning"]} aria-label={texts.session.conflicts}>
      {conflicts.map((conflict) => {
        const sentence = conflictSentence(conflict, sessions);
        return <li key={sentence}>{sentence}</li>;
      })}
    </ul>
  );
}

function conflictSentence(conflict: Conflict, sessions: ReadonlyMap<string, Session>): string {
  switch (conflict.kind) {
    case "shared": {
      const other = sessions.get(conflict.other);
      const title = other === undefined ? texts.session.sharedGone : other.title || texts.sessions.untitled;
      return texts.session.shared(title, conflict.group, conflict.port);
    }
    case "ttl":
      return texts.session.ttlConflict(texts.pair(conflict.source, conflict.group), conflict.ttl, conflict.maxTtl);
    case "silent":
      return texts.session.silentConflict(texts.pair(conflict.source, conflict.group));
    default:
      return assertNever(conflict);
  }
}

/** Whether mauthserver announces the session itself. */
function OwnAnnouncement({ session }: { session: Session }) {
  const isOwn = useData((data) => [...data.announcement.values()].some((one) => one.session === session.id));
  if (!isOwn) return null;
  return <p className={classes["sub"]}>{texts.session.announced}</p>;
}

function MediaList({ session }: { session: Session }) {
  return (
    <ul className={classes["list"]}>
      {session.media.map((media, index) => (
        // Media have no identity of their own; their order in the description is it.
        <li key={index}>
          <span className={classes["grow"]}>
            <strong>{media.type}</strong> {media.codec ?? media.formats.join(" ")}
          </span>
          <ScopeBadge ttl={media.ttl} />
          <span className={classes["sub"]}>
            <Mono>{media.groups.join(", ")}</Mono> {texts.session.groupsOf(media.port)} · {media.proto}
            {media.sources.length > 0 && ` · ${texts.session.sourceFilter(media.sources.join(", "))}`}
            {media.bandwidthKbps !== undefined && ` · ${texts.session.bandwidth(media.bandwidthKbps)}`}
            {media.title !== undefined && ` · ${media.title}`}
            {media.referenceClock !== undefined && ` · ${texts.session.referenceClock(media.referenceClock)}`}
            {media.mediaClock !== undefined && ` · ${texts.session.mediaClock(media.mediaClock)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Facts({ session }: { session: Session }) {
  const nowMs = useServerNow();
  const { origin } = session;
  const facts = [
    [texts.session.info, session.info],
    [texts.session.announcedBy, <Mono key="announcer">{session.announcer}</Mono>],
    [texts.session.origin, `${origin.username} ${origin.sessId} ${origin.sessVersion} ${origin.address}`],
    [texts.session.heard, <RelativeTime key="heard" at={session.lastHeardAt} />],
    [texts.session.since, <RelativeTime key="since" at={session.firstHeardAt} />],
    [texts.session.period, session.periodMs === null ? undefined : formatAge(session.periodMs)],
    [
      texts.session.expires,
      session.expiresAt === null ? undefined : texts.session.expiresIn(formatLeft(session.expiresAt - nowMs)),
    ],
    [texts.session.ends, <Ending key="ends" endsAt={session.endsAt ?? null} />],
    [texts.session.groupScope, session.scope],
    [
      texts.session.hearings,
      session.hearings
        .map((one) => `${one.mrouter ?? texts.session.heardHere} ${one.interface}, ${one.group}`)
        .join("; "),
    ],
  ] as const;
  return (
    <dl className={classes["facts"]}>
      {facts.map(
        ([name, value]) =>
          value !== undefined &&
          value !== "" && (
            <div key={name} style={{ display: "contents" }}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Ending({ endsAt }: { endsAt: number | null }) {
  const nowMs = useServerNow();
  if (endsAt === null) return texts.session.unbounded;
  return (
    <time dateTime={new Date(endsAt).toISOString()} title={formatInstant(endsAt)}>
      {endsAt > nowMs ? texts.session.endsIn(formatLeft(endsAt - nowMs)) : texts.session.ended}
    </time>
  );
}

function Sdp({ sdp }: { sdp: string }) {
  const clipboard = useClipboard({ timeout: 2_000 });
  return (
    <section>
      <Group justify="space-between" mb={4}>
        <h3 className={classes["section"]}>{texts.session.sdp}</h3>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={clipboard.copied ? texts.copied : texts.copy}
          onClick={() => clipboard.copy(sdp)}
        >
          {clipboard.copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
        </ActionIcon>
      </Group>
      <ScrollRegion className={classes["sdp"]} label={texts.session.sdp} as="pre">
        {sdp}
      </ScrollRegion>
    </section>
  );
}
