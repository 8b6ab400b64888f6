// SPDX-License-Identifier: MIT
import { Button } from "@mantine/core";
import { AuditEntry } from "@mauth/protocol/api";
import { IconHistory } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import * as z from "zod/mini";
import { PageHead } from "../components/page-head.tsx";
import { RestList } from "../components/rest-list.tsx";
import { FilterSelect, SearchField, Toolbar } from "../components/toolbar.tsx";
import { useSearchText } from "../components/use-search-text.ts";
import type { Reply } from "../state/api.ts";
import { useApi, useData, useServerClock } from "../state/context.tsx";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import { Note } from "../ui/note.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { AuditRow } from "./audit-row.tsx";
import classes from "./audit.module.css";
import type { AuditSearch } from "./search-params.ts";

const route = getRouteApi("/audit");
const PAGE_ENTRIES = 100;
const DAY_MS = 86_400_000;
/** What is logged, by the names that the log uses. */
const ENTITIES = ["grant", "mrouter", "announcement", "ignored", "account", "token", "login", "setting"] as const;

const Entries = z.object({ items: z.array(AuditEntry), next: z.nullable(z.int()) });
type Entries = z.infer<typeof Entries>;

/** Who decided what, when, from where and why; with undo and export. */
export function AuditPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (part: { [Key in keyof AuditSearch]: AuditSearch[Key] | undefined }): void =>
    void navigate({ search: (before) => ({ ...before, ...part }) as AuditSearch, replace: true });
  const [key, setKey] = useSearchText(search.key ?? "", (value) => set({ key: value }));
  const [actor, setActor] = useSearchText(search.actor ?? "", (value) => set({ actor: value }));
  const clock = useServerClock();
  const [openedAtMs] = useState(clock);
  const filter = queryOf(search, openedAtMs);
  const { reply, again, more, isMore, newest } = useEntries(filter);
  const pushed = useData((data) => data.auditRevision);
  const count = reply?.outcome === "ok" ? reply.value.items.length : 0;
  return (
    <>
      <PageHead title={pageTexts.audit.title} intro={pageTexts.audit.intro} />
      <Toolbar rowCount={pageTexts.audit.rowCount(count, isMore)}>
        <SearchField label={pageTexts.audit.key} hint={pageTexts.audit.keyHint} value={key} onChange={setKey} />
        <SearchField label={pageTexts.audit.actor} hint={pageTexts.audit.actor} value={actor} onChange={setActor} />
        <FilterSelect
          label={pageTexts.audit.entity}
          all={pageTexts.audit.all}
          value={ENTITIES.find((one) => one === search.entity)}
          choices={ENTITIES.map((value) => ({ value, label: pageTexts.audit.entities[value] }))}
          onChange={(entity) => set({ entity })}
        />
        <FilterSelect
          label={pageTexts.audit.since}
          all={pageTexts.audit.ever}
          value={search.days}
          choices={(["1", "7", "30"] as const).map((value) => ({ value, label: pageTexts.audit.days[value] }))}
          onChange={(days) => set({ days })}
        />
        <Export filter={filter} />
      </Toolbar>
      {newest !== null && pushed > newest && (
        <Button size="xs" variant="light" mb={8} onClick={again}>
          {pageTexts.audit.fresh}
        </Button>
      )}
      <RestList reply={reply} again={again}>
        {({ items }) =>
          items.length === 0 ? (
            <Note icon={<IconHistory aria-hidden />} {...pageTexts.audit.empty} />
          ) : (
            <ScrollRegion className={classes["scroll"]} label={pageTexts.audit.title}>
              <ol className={classes["entries"]}>
                {items.map((entry) => (
                  <AuditRow key={entry.id} entry={entry} onUndone={again} />
                ))}
              </ol>
              {isMore && (
                <Button variant="default" size="xs" m={12} onClick={more}>
                  {pageTexts.audit.older}
                </Button>
              )}
            </ScrollRegion>
          )
        }
      </RestList>
    </>
  );
}

function queryOf({ actor, entity, key, days }: AuditSearch, nowMs: number): string {
  const since = days === undefined ? undefined : String(Math.floor(nowMs - Number(days) * DAY_MS));
  const parts = Object.entries({ actor, entity, key, since }).filter(([, value]) => value !== undefined);
  return new URLSearchParams(parts as [string, string][]).toString();
}

/** The entries of a filter, newest first, page after page. */
function useEntries(filter: string) {
  const api = useApi();
  const [asked, setAsked] = useState(0);
  const [known, setKnown] = useState<{ filter: string; reply: Reply<Entries> } | null>(null);
  useEffect(() => {
    let isWanted = true;
    void api.get(`/audit?limit=${PAGE_ENTRIES}&${filter}`, Entries).then((reply) => {
      if (isWanted && asked >= 0) setKnown({ filter, reply });
    });
    return () => {
      isWanted = false;
    };
  }, [api, filter, asked]);
  const reply = known?.filter === filter ? known.reply : null;
  const next = reply?.outcome === "ok" ? reply.value.next : null;
  const more = async (): Promise<void> => {
    const older = await api.get(`/audit?limit=${PAGE_ENTRIES}&before=${next}&${filter}`, Entries);
    if (older.outcome !== "ok" || reply?.outcome !== "ok") return;
    const items = [...reply.value.items, ...older.value.items];
    setKnown({ filter, reply: { outcome: "ok", value: { items, next: older.value.next } } });
  };
  const newest = reply?.outcome === "ok" ? (reply.value.items[0]?.rev ?? 0) : null;
  return { reply, again: () => setAsked(asked + 1), more: () => void more(), isMore: next !== null, newest };
}

function Export({ filter }: { filter: string }) {
  return (
    <span className={classes["export"]}>
      {(["csv", "json"] as const).map((format) => (
        <a key={format} href={`/api/v1/audit/export?format=${format}&${filter}`} download>
          {texts.exportAs(format.toUpperCase())}
        </a>
      ))}
    </span>
  );
}
