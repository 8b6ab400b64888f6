// SPDX-License-Identifier: MIT
import { Reason } from "@mauth/protocol/api";
import { IconCircleCheck } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { Button } from "@mantine/core";
import { DataTable } from "../components/data-table.tsx";
import { useDialogs } from "../components/dialogs.tsx";
import { ListNote } from "../components/list-note.tsx";
import { PageHead } from "../components/page-head.tsx";
import { SelectionBar } from "../components/selection-bar.tsx";
import { SortSelect } from "../components/sort-select.tsx";
import { FilterSelect, SearchField, Toolbar } from "../components/toolbar.tsx";
import { useIgnore } from "../components/use-ignore.ts";
import { useList } from "../components/use-list.ts";
import { useSearchText } from "../components/use-search-text.ts";
import { type Selection, useSelection } from "../components/use-selection.ts";
import { candidateOf } from "../state/candidates.ts";
import { useArriving, useHasAll, useHindrance } from "../state/context.tsx";
import { pairId } from "../state/pair-id.ts";
import { SessionIndexer } from "../state/pairs.ts";
import { type DeniedRow, deniedRows, RowCache } from "../state/rows.ts";
import { formatSort, parseSort } from "../state/sort.ts";
import { texts } from "../texts/texts.ts";
import { RefusedCard, refusedColumns } from "./refused-columns.tsx";
import type { RefusedSearch } from "./search-params.ts";

const route = getRouteApi("/refused");
const NO_ROWS: readonly DeniedRow[] = [];
const SORTABLE = refusedColumns.map((column) => column.id);

/** The live list of senders that the filters refuse. */
export function RefusedPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (part: { [Key in keyof RefusedSearch]: RefusedSearch[Key] | undefined }): void =>
    void navigate({ search: (before) => ({ ...before, ...part }) as RefusedSearch, replace: true });
  const [query, setQuery] = useSearchText(search.q ?? "", (q) => set({ q }));
  const denied = useArriving((data) => data.denied);
  const grants = useArriving((data) => data.grant);
  const sessions = useArriving((data) => data.session);
  const mrouters = useArriving((data) => data.mrouter);
  const [cache] = useState(() => new RowCache<DeniedRow["denied"], DeniedRow>());
  const [indexer] = useState(() => new SessionIndexer());
  const index = useMemo(() => indexer.index(sessions), [indexer, sessions]);
  const ignored = useArriving((data) => data.ignored);
  const isWhole = useHasAll("session", "grant", "ignored", "denied");
  const all = useMemo(
    () => (isWhole ? deniedRows({ denied, grant: grants, ignored }, index, cache) : NO_ROWS),
    [isWhole, denied, grants, ignored, index, cache],
  );
  // Newest first by the first refusal: an order that counters do not disturb.
  const sort = parseSort(search.sort, SORTABLE, { id: "first", desc: true });
  const shows = useCallback((row: DeniedRow) => isShown(row, search), [search]);
  const rows = useList(all, { columns: refusedColumns, sort, query, isShown: shows });
  const selection = useSelection(rows, nameOf);
  const isFiltered = [search.q, search.reason, search.mrouter, search.show].some((value) => value !== undefined);

  return (
    <>
      <PageHead title={texts.refused.title} intro={texts.refused.intro} />
      <Toolbar rowCount={texts.rowCount(rows.length, all.length, texts.refused.noun)}>
        <SearchField
          label={texts.refused.searchLabel}
          hint={texts.refused.searchHint}
          value={query}
          onChange={setQuery}
        />
        <FilterSelect
          label={texts.refused.filters.show}
          all={texts.refused.filters.all}
          value={search.show}
          choices={(["undecided", "ignored", "everything"] as const).map((value) => ({
            value,
            label: texts.refused.filters[value],
          }))}
          onChange={(show) => set({ show })}
        />
        <FilterSelect
          label={texts.refused.filters.reason}
          all={texts.refused.filters.all}
          value={search.reason}
          choices={Reason.options.map((value) => ({ value, label: texts.reasons[value].name }))}
          onChange={(reason) => set({ reason })}
        />
        <FilterSelect
          label={texts.refused.filters.mrouter}
          all={texts.refused.filters.all}
          value={search.mrouter}
          choices={[...mrouters.values()].map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(mrouter) => set({ mrouter })}
        />
        <SortSelect columns={refusedColumns} sort={sort} onSort={(next) => set({ sort: formatSort(next) })} />
      </Toolbar>
      <DataTable
        label={texts.refused.title}
        rows={rows}
        columns={refusedColumns}
        sort={sort}
        onSort={(next) => set({ sort: formatSort(next) })}
        selection={selection}
        card={RefusedCard}
        cardHeight={104}
        empty={
          <ListNote
            icon={<IconCircleCheck aria-hidden />}
            empty={texts.refused.empty}
            isFiltered={isFiltered && all.length > 0}
            onClear={() => set({ q: undefined, reason: undefined, mrouter: undefined, show: undefined })}
          />
        }
      />
      <BulkActs selection={selection} />
    </>
  );
}

/** One decision about many refused senders. */
function BulkActs({ selection }: { selection: Selection<DeniedRow> }) {
  const dialogs = useDialogs();
  const hindrance = useHindrance("approver");
  const ignoring = useHindrance("operator");
  const { run, isBusy } = useIgnore();
  const permittable = selection.rows.filter((row) => row.grant === undefined && row.denied.reason !== "REGISTER");
  const onDone = (): void => selection.set([]);
  const permit = (): void => {
    const candidates = new Map(permittable.map((row) => [pairId(row.denied), candidateOf(row)]));
    dialogs.open({ kind: "permit", candidates: [...candidates.values()], onDone });
  };
  const ignore = (): void =>
    void run(
      "PUT",
      selection.rows.map((row) => row.denied),
    ).then(onDone);
  return (
    <SelectionBar selection={selection}>
      <Button
        size="xs"
        disabled={hindrance !== undefined || permittable.length === 0}
        title={hindrance}
        onClick={permit}
      >
        {texts.permit}
      </Button>
      <Button
        size="xs"
        variant="default"
        loading={isBusy}
        disabled={ignoring !== undefined}
        title={ignoring}
        onClick={ignore}
      >
        {texts.refused.ignore}
      </Button>
    </SelectionBar>
  );
}

function nameOf({ denied }: DeniedRow): string {
  return texts.pair(denied.source, denied.group);
}

function isShown(row: DeniedRow, search: RefusedSearch): boolean {
  if (search.show === "undecided" && !row.waits) return false;
  if (search.show === "ignored" && row.ignored === undefined) return false;
  if (search.show === undefined && row.ignored !== undefined) return false;
  if (search.reason !== undefined && row.denied.reason !== search.reason) return false;
  if (search.mrouter !== undefined && row.denied.mrouter !== search.mrouter) return false;
  return true;
}
