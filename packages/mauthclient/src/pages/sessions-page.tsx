// SPDX-License-Identifier: MIT
import { getRouteApi } from "@tanstack/react-router";
import { LEADING_OF_SESSIONS_MAX, TTL_SCOPES } from "@mauth/protocol/api";
import { IconBroadcast } from "@tabler/icons-react";
import { lazy, memo, Suspense, useCallback, useMemo, useState } from "react";
import { DataTable } from "../components/data-table.tsx";
import { ListNote } from "../components/list-note.tsx";
import { PageHead } from "../components/page-head.tsx";
import { FilterSelect, SearchField, Toolbar } from "../components/toolbar.tsx";
import { useList } from "../components/use-list.ts";
import { useSearchText } from "../components/use-search-text.ts";
import { useArriving, useHasAll, useProgress } from "../state/context.tsx";
import { hasMedia, scopeName, type SessionRow, SessionRows } from "../state/rows.ts";
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
  const set = useSearchParams();
  const [query, setQuery] = useSearchText(search.q ?? "", (q) => set({ q }));
  const sort = parseSort(search.sort, SORTABLE, { id: "title", desc: false });
  const isFiltered = FILTERS.some((name) => search[name] !== undefined);
  const { all, isWhole } = useSessionRows(search.sort === undefined && !isFiltered && query === "");
  const progress = useProgress("session");
  const shows = useCallback((row: SessionRow) => isShown(row, search), [search]);
  const rows = useList(all, { columns: sessionColumns, sort, query, isShown: shows });
  // Once loaded it stays, so that it can slide out.
  const [wasOpened, setWasOpened] = useState(false);
  if (search.session !== undefined && !wasOpened) setWasOpened(true);

  return (
    <>
      <Head />
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
          value={query}
          onChange={setQuery}
        />
        <Filters search={search} set={set} />
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

type Change = { [Key in keyof SessionsSearch]: SessionsSearch[Key] | undefined };

/** Changes the address; the same function all the time. */
function useSearchParams(): (part: Change) => void {
  const navigate = route.useNavigate();
  return useCallback(
    (part) => void navigate({ search: (before) => ({ ...before, ...part }) as SessionsSearch, replace: true }),
    [navigate],
  );
}

/**
 * Every session, or those that have come so far. The first by title come first: while more are coming, any other order or a
 * search (`isPlain` is false) would have its rows pushed about, and waits.
 */
function useSessionRows(isPlain: boolean): { all: readonly SessionRow[]; isWhole: boolean } {
  const sessions = useArriving((data) => data.session);
  const grants = useArriving((data) => data.grant);
  const progress = useProgress("session");
  const isWhole = useHasAll("session", "grant");
  const hasGrants = useHasAll("grant");
  const isLeading = progress !== undefined && progress.total <= LEADING_OF_SESSIONS_MAX;
  const isDrawn = isWhole || (isPlain && hasGrants && isLeading);
  const [rows] = useState(() => new SessionRows());
  const all = useMemo(() => (isDrawn ? rows.follow(sessions, grants) : NO_ROWS), [rows, isDrawn, sessions, grants]);
  return { all, isWhole };
}

const Head = memo(() => <PageHead title={texts.sessions.title} intro={texts.sessions.intro} />);

/** Not drawn again for a key in the search field, nor for a change of the feed. */
const Filters = memo(PlainFilters);

function PlainFilters({ search, set }: { search: SessionsSearch; set: (part: Change) => void }) {
  // One text, which stays the same while the mrouters do.
  const names = useArriving((data) => [...data.mrouter.keys()].sort().join("\n"));
  const ears = [texts.session.heardHere, ...names.split("\n").filter(Boolean)];
  const sort = parseSort(search.sort, SORTABLE, { id: "title", desc: false });
  const { filters } = texts.sessions;
  return (
    <>
      <FilterSelect
        label={filters.state}
        all={filters.all}
        value={search.state}
        choices={(["not-permitted", "partly", "permitted"] as const).map((value) => ({
          value,
          label: texts.permission[value],
        }))}
        onChange={(state) => set({ state })}
      />
      <FilterSelect
        label={filters.media}
        all={filters.all}
        value={search.media}
        choices={texts.sessions.mediaKinds}
        onChange={(media) => set({ media })}
      />
      <FilterSelect
        label={filters.scope}
        all={filters.all}
        value={search.scope}
        choices={TTL_SCOPES.map(({ name }) => ({ value: name, label: name }))}
        onChange={(scope) => set({ scope })}
      />
      <FilterSelect
        label={filters.conflict}
        all={filters.all}
        value={search.conflict}
        choices={texts.sessions.conflictKinds}
        onChange={(conflict) => set({ conflict })}
      />
      <FilterSelect
        label={filters.heard}
        all={filters.all}
        value={search.heard}
        choices={ears.map((value) => ({ value, label: value }))}
        onChange={(heard) => set({ heard })}
      />
      <SortSelect columns={sessionColumns} sort={sort} onSort={(next) => set({ sort: formatSort(next) })} />
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
