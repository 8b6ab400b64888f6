// SPDX-License-Identifier: MIT
import { Button } from "@mantine/core";
import { IconPlus, IconShieldCheck } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { DataTable } from "../components/data-table.tsx";
import { useDialogs } from "../components/dialogs.tsx";
import { ListNote } from "../components/list-note.tsx";
import { PageHead } from "../components/page-head.tsx";
import { SelectionBar } from "../components/selection-bar.tsx";
import { SortSelect } from "../components/sort-select.tsx";
import { FilterSelect, SearchField, Toolbar } from "../components/toolbar.tsx";
import { useList } from "../components/use-list.ts";
import { useSearchText } from "../components/use-search-text.ts";
import { useSelection } from "../components/use-selection.ts";
import { useData, useHindrance, useNow } from "../state/context.tsx";
import { type Meter, rateAt } from "../state/meter.ts";
import { senderIndexer, SessionIndexer } from "../state/pairs.ts";
import { type GrantRow, GrantRows } from "../state/rows.ts";
import { formatSort, parseSort } from "../state/sort.ts";
import { texts } from "../texts/texts.ts";
import { GrantCard, grantColumns } from "./grant-columns.tsx";
import type { GrantsSearch } from "./search-params.ts";

const route = getRouteApi("/grants");
const SORTABLE = grantColumns.map((column) => column.id);
const NO_METERS: ReadonlyMap<string, Meter> = new Map();
const STANDINGS = ["enforced", "pending", "failed", "nowhere"] as const;

/** Everything that is permitted. */
export function GrantsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (part: { [Key in keyof GrantsSearch]: GrantsSearch[Key] | undefined }): void =>
    void navigate({ search: (before) => ({ ...before, ...part }) as GrantsSearch, replace: true });
  const [query, setQuery] = useSearchText(search.q ?? "", (q) => set({ q }));
  const dialogs = useDialogs();
  const hindrance = useHindrance("approver");
  const all = useGrantRows();
  const shows = useIsShown(search);
  const sort = parseSort(search.sort, SORTABLE, { id: "pair", desc: false });
  const rows = useList(all, { columns: grantColumns, sort, query, isShown: shows });
  const selection = useSelection(rows, nameOf);
  const revoke = (): void =>
    dialogs.open({
      kind: "revoke",
      grants: selection.rows.map((row) => row.grant),
      onDone: () => selection.set([]),
    });
  const permit = (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      disabled={hindrance !== undefined}
      title={hindrance}
      onClick={() => dialogs.open({ kind: "manual" })}
    >
      {texts.grants.manual}
    </Button>
  );

  return (
    <>
      <PageHead title={texts.grants.title} intro={texts.grants.intro} action={permit} />
      <Toolbar rowCount={texts.rowCount(rows.length, all.length, texts.grants.noun)}>
        <SearchField
          label={texts.grants.searchLabel}
          hint={texts.grants.searchHint}
          value={query}
          onChange={setQuery}
        />
        <FilterSelect
          label={texts.grants.filters.standing}
          all={texts.grants.filters.all}
          value={search.standing}
          choices={[
            ...STANDINGS.map((value) => ({ value, label: texts.standing[value] })),
            { value: "silent" as const, label: texts.grants.filters.silent },
          ]}
          onChange={(standing) => set({ standing })}
        />
        <SortSelect columns={grantColumns} sort={sort} onSort={(next) => set({ sort: formatSort(next) })} />
      </Toolbar>
      <DataTable
        label={texts.grants.title}
        rows={rows}
        columns={grantColumns}
        sort={sort}
        onSort={(next) => set({ sort: formatSort(next) })}
        selection={selection}
        card={GrantCard}
        cardHeight={112}
        empty={
          <ListNote
            icon={<IconShieldCheck aria-hidden />}
            empty={texts.grants.empty}
            isFiltered={all.length > 0}
            onClear={() => set({ q: undefined, standing: undefined })}
          />
        }
      />
      <SelectionBar selection={selection}>
        <Button size="xs" color="red" disabled={hindrance !== undefined} title={hindrance} onClick={revoke}>
          {texts.revoke}
        </Button>
      </SelectionBar>
    </>
  );
}

function nameOf({ grant }: GrantRow): string {
  return texts.pair(grant.source, grant.group);
}

function useGrantRows(): GrantRow[] {
  const grants = useData((data) => data.grant);
  const sessions = useData((data) => data.session);
  const senders = useData((data) => data.sender);
  const [kept] = useState(() => new GrantRows());
  const [indexer] = useState(() => new SessionIndexer());
  const index = useMemo(() => indexer.index(sessions), [indexer, sessions]);
  const [byPair] = useState(senderIndexer);
  return useMemo(() => kept.follow(grants, byPair.follow(senders), index), [kept, grants, byPair, senders, index]);
}

/** The filters. Rates matter only to that for silent senders; without it, the second hand must not look at every row. */
function useIsShown({ standing }: GrantsSearch): (row: GrantRow) => boolean {
  const isLive = standing === "silent";
  const meters = useData((data) => (isLive ? data.meters : NO_METERS));
  const nowMs = useNow();
  const atMs = isLive ? nowMs : 0;
  return useCallback(
    (row) => standing === undefined || (isLive ? isSilent(row, meters, atMs) : row.standing === standing),
    [standing, isLive, meters, atMs],
  );
}

function isSilent(row: GrantRow, meters: ReadonlyMap<string, Meter>, nowMs: number): boolean {
  // Without figures nobody knows.
  return row.senderIds.length > 0 && row.senderIds.every((id) => rateAt(meters.get(id), nowMs)?.packetsPerSecond === 0);
}
