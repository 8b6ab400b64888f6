// SPDX-License-Identifier: MIT
import { getRouteApi } from "@tanstack/react-router";
import { LEADING_OF_SESSIONS_MAX, TTL_SCOPES } from "@mauth/protocol/api";
import { IconBroadcast } from "@tabler/icons-react";
import { lazy, Suspense, useDeferredValue, useMemo, useState } from "react";
import { DataTable } from "../components/data-table.tsx";
import { ListNote } from "../components/list-note.tsx";
import { PageHead } from "../components/page-head.tsx";
import { FilterSelect, SearchField, Toolbar } from "../components/toolbar.tsx";
import { useSearchText } from "../components/use-search-text.ts";
import { useArriving, useData, useHasAll, useProgress } from "../state/context.tsx";
import { hasMedia, filterRows, RowCache, scopeName, type SessionRow, sessionRows } from "../state/rows.ts";
import { formatSort, parseSort } from "../state/sort.ts";
import { texts } from "../texts/texts.ts";
import type { SessionsSearch } from "./search-params.ts";
import { SessionCard, sessionColumns } from "./session-columns.tsx";
import { SortSelect } from "../components/sort-select.tsx";

const SessionPanel = lazy(async () => ({ default: (await import("./session-panel.tsx")).SessionPanel }));
const route = getRouteApi("/sessions");
const FILTERS = ["q", "state", "media", "scope", "conflict", "heard"] as const;
const NO_ROWS: readonly SessionRow[] = [];
const SORTABLE = sessionColumns.map((column) => column.id);

/** The live list of announced sessions. */
export function SessionsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (part: { [Key in keyof SessionsSearch]: SessionsSearch[Key] | undefined }): void =>
    void navigate({ search: (before) => ({ ...before, ...part }) as SessionsSearch, replace: true });
  const [typed, setTyped] = useSearchText(search.q ?? "", (q) => set({ q }));
  const query = useDeferredValue(typed);
  const sessions = useArriving((data) => data.session);
  const grants = useArriving((data) => data.grant);
  const [cache] = useState(() => new RowCache<SessionRow["session"], SessionRow>());
  const isFiltered = FILTERS.some((name) => search[name] !== undefined);
  const progress = useProgress("session");
  const isWhole = useHasAll("session", "grant");
  // The first rows by title come first; in every other order those still to come would push them about.
  const hasGrants = useHasAll("grant");
  const isLeading = progress !== undefined && progress.total <= LEADING_OF_SESSIONS_MAX;
  const isSteady = isLeading && hasGrants && search.sort === undefined && !isFiltered && typed === "";
  const isDrawn = isWhole || isSteady;
  const all = useMemo(
    () => (isDrawn ? sessionRows(sessions, grants, cache) : NO_ROWS),
    [isDrawn, sessions, grants, cache],
  );
  const rows = useMemo(() => filterRows(all, query, (row) => isShown(row, search)), [all, query, search]);
  const sort = parseSort(search.sort, SORTABLE, { id: "title", desc: false });
  // Once loaded it stays, so that it can slide out.
  const [wasOpened, setWasOpened] = useState(false);
  if (search.session !== undefined && !wasOpened) setWasOpened(true);
  const mrouters = useData((data) => data.mrouter);
  const ears = [texts.session.heardHere, ...[...mrouters.keys()].sort()];

  return (
    <>
      <PageHead title={texts.sessions.title} intro={texts.sessions.intro} />
      <Toolbar
        rowCount={
          isWhole || progress === undefined
            ? texts.rowCount(rows.length, all.length, texts.sessions.noun)
            : texts.loadingOf(progress.sent, progress.total)
        }
      >
        <SearchField
          label={texts.sessions.searchLabel}
          hint={texts.sessions.searchHint}
          value={typed}
          onChange={setTyped}
        />
        <FilterSelect
          label={texts.sessions.filters.state}
          all={texts.sessions.filters.all}
          value={search.state}
          choices={(["not-permitted", "partly", "permitted"] as const).map((value) => ({
            value,
            label: texts.permission[value],
          }))}
          onChange={(state) => set({ state })}
        />
        <FilterSelect
          label={texts.sessions.filters.media}
          all={texts.sessions.filters.all}
          value={search.media}
          choices={texts.sessions.mediaKinds}
          onChange={(media) => set({ media })}
        />
        <FilterSelect
          label={texts.sessions.filters.scope}
          all={texts.sessions.filters.all}
          value={search.scope}
          choices={TTL_SCOPES.map(({ name }) => ({ value: name, label: name }))}
          onChange={(scope) => set({ scope })}
        />
        <FilterSelect
          label={texts.sessions.filters.conflict}
          all={texts.sessions.filters.all}
          value={search.conflict}
          choices={texts.sessions.conflictKinds}
          onChange={(conflict) => set({ conflict })}
        />
        <FilterSelect
          label={texts.sessions.filters.heard}
          all={texts.sessions.filters.all}
          value={search.heard}
          choices={ears.map((value) => ({ value, label: value }))}
          onChange={(heard) => set({ heard })}
        />
        <SortSelect columns={sessionColumns} sort={sort} onSort={(next) => set({ sort: formatSort(next) })} />
      </Toolbar>
      <DataTable
        label={texts.sessions.title}
        rows={rows}
        columns={sessionColumns}
        sort={sort}
        onSort={(next) => set({ sort: formatSort(next) })}
        onOpen={(row) => set({ session: row.id })}
        openId={search.session}
        card={SessionCard}
        cardHeight={104}
        empty={
          <ListNote
            icon={<IconBroadcast aria-hidden />}
            empty={texts.sessions.empty}
            isFiltered={isFiltered && all.length > 0}
            onClear={() => set(Object.fromEntries(FILTERS.map((name) => [name, undefined])))}
          />
        }
      />
      {wasOpened && (
        <Suspense>
          <SessionPanel id={search.session} onClose={() => set({ session: undefined })} />
        </Suspense>
      )}
    </>
  );
}

function isShown(row: SessionRow, search: SessionsSearch): boolean {
  if (search.state !== undefined && row.permission !== search.state) return false;
  if (search.scope !== undefined && scopeName(row.ttl) !== search.scope) return false;
  if (search.media !== undefined && !hasMedia(row.session, search.media)) return false;
  if (search.conflict !== undefined && !hasConflict(row, search.conflict)) return false;
  return search.heard === undefined || isHeardBy(row, search.heard);
}

function hasConflict({ session }: SessionRow, kind: NonNullable<SessionsSearch["conflict"]>): boolean {
  const { conflicts = [] } = session;
  return kind === "any" ? conflicts.length > 0 : conflicts.some((one) => one.kind === kind);
}

function isHeardBy({ session }: SessionRow, ear: string): boolean {
  return session.hearings.some((one) => (one.mrouter ?? texts.session.heardHere) === ear);
}
