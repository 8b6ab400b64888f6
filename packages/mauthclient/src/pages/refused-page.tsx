// SPDX-License-Identifier: MIT
import { Reason } from "@mauth/protocol/api";
import { IconCircleCheck } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useState } from "react";
import { DataTable } from "../components/data-table.tsx";
import { ListNote } from "../components/list-note.tsx";
import { PageHead } from "../components/page-head.tsx";
import { SortSelect } from "../components/sort-select.tsx";
import { FilterSelect, SearchField, Toolbar } from "../components/toolbar.tsx";
import { useSearchText } from "../components/use-search-text.ts";
import { useData } from "../state/context.tsx";
import { indexSessions } from "../state/pairs.ts";
import { type DeniedRow, deniedRows, filterRows, RowCache } from "../state/rows.ts";
import { formatSort, parseSort } from "../state/sort.ts";
import { texts } from "../texts.ts";
import { RefusedCard, refusedColumns } from "./refused-columns.tsx";
import type { RefusedSearch } from "./search-params.ts";

const route = getRouteApi("/refused");
const SORTABLE = refusedColumns.map((column) => column.id);

/** The live list of senders that the filters refuse. */
export function RefusedPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (part: { [Key in keyof RefusedSearch]: RefusedSearch[Key] | undefined }): void =>
    void navigate({ search: (before) => ({ ...before, ...part }) as RefusedSearch, replace: true });
  const [typed, setTyped] = useSearchText(search.q ?? "", (q) => set({ q }));
  const query = useDeferredValue(typed);
  const denied = useData((data) => data.denied);
  const grants = useData((data) => data.grant);
  const sessions = useData((data) => data.session);
  const mrouters = useData((data) => data.mrouter);
  const [cache] = useState(() => new RowCache<DeniedRow["denied"], DeniedRow>());
  const index = useMemo(() => indexSessions(sessions), [sessions]);
  const all = useMemo(() => deniedRows(denied, grants, index, cache), [denied, grants, index, cache]);
  const rows = useMemo(() => filterRows(all, query, (row) => isShown(row, search)), [all, query, search]);
  // Newest first by the first refusal: an order that counters do not disturb.
  const sort = parseSort(search.sort, SORTABLE, { id: "first", desc: true });
  const isFiltered = [search.q, search.reason, search.mrouter, search.show].some((value) => value !== undefined);

  return (
    <>
      <PageHead title={texts.refused.title} intro={texts.refused.intro} />
      <Toolbar rowCount={texts.rowCount(rows.length, all.length, texts.refused.noun)}>
        <SearchField
          label={texts.refused.searchLabel}
          hint={texts.refused.searchHint}
          value={typed}
          onChange={setTyped}
        />
        <FilterSelect
          label={texts.refused.filters.show}
          all={texts.refused.filters.all}
          value={search.show}
          choices={[{ value: "undecided", label: texts.refused.filters.undecided }]}
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
    </>
  );
}

function isShown(row: DeniedRow, search: RefusedSearch): boolean {
  if (search.show === "undecided" && !row.waits) return false;
  if (search.reason !== undefined && row.denied.reason !== search.reason) return false;
  if (search.mrouter !== undefined && row.denied.mrouter !== search.mrouter) return false;
  return true;
}
