// SPDX-License-Identifier: MIT
import type { Progress, Role } from "@mauth/protocol/api";
import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from "react";
import { texts } from "../texts/texts.ts";
import { type Access, type Gate, isAtLeast } from "./access.ts";
import type { Api } from "./api.ts";
import type { Clock } from "./clock.ts";
import type { Connection, Live, View } from "./live.ts";
import type { State } from "./store.ts";
import { Ticker } from "./ticker.ts";

interface Context {
  readonly live: Live;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly ticker: Ticker;
}

const LiveContext = createContext<Context | null>(null);

export interface World {
  readonly live: Live;
  readonly gate: Gate;
  readonly clock: Clock;
}

/** Gives the pages one connection, one login and one second hand. */
export function LiveProvider({ live, gate, clock, children }: World & { children: ReactNode }) {
  const value = useMemo(() => ({ live, gate, clock, ticker: new Ticker(clock) }), [live, gate, clock]);
  return <LiveContext value={value}>{children}</LiveContext>;
}

/** The connection object, for its commands. */
export function useLive(): Live {
  return useLiveContext().live;
}

/** Who is logged in, and how to become somebody else. */
export function useGate(): Gate {
  return useLiveContext().gate;
}

export function useAccess(): Access {
  const gate = useGate();
  return useSyncExternalStore(gate.subscribe, gate.view);
}

/** What speaks REST. */
export function useApi(): Api {
  return useGate().api;
}

/** The role of who is logged in; before that is known, the least. */
export function useRole(): Role {
  const access = useAccess();
  return access.state === "in" ? access.me.role : "viewer";
}

/** Whether whoever is logged in may permit for a limited time only. */
export function useIsApprover(): boolean {
  return useRole() === "approver";
}

/** Why nothing that needs this role can be done now; undefined when it can. */
export function useHindrance(needed: Role): string | undefined {
  const isLive = useIsLive();
  const role = useRole();
  if (!isLive) return texts.connection.disabledHint;
  return isAtLeast(role, needed) ? undefined : texts.access.notAllowed(role);
}

/** Part of what the console shows; renders again only when that part changes identity. */
export function useView<Part>(select: (view: View) => Part): Part {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, () => select(live.view()));
}

/** Part of the entities. */
export function useData<Part>(select: (data: State) => Part): Part {
  return useView((view) => select(view.data));
}

export function useConnection(): Connection {
  return useView((view) => view.connection);
}

/** Whether commands can be sent and what is shown is current. */
export function useIsLive(): boolean {
  return useView((view) => view.connection.state === "live");
}

/** Whether everything is there: false before the end of the first snapshot. */
export function useHasData(): boolean {
  return useData((data) => data.server !== null);
}

/** Part of the entities, with those of a first snapshot that is still coming: of what it names, only what `useHasAll` says is whole. */
export function useArriving<Part>(select: (data: State) => Part): Part {
  return useView(({ data, loading }) => select(loading?.data ?? data));
}

/** Whether all of these entities are there, so that what a row says of one in view of another is true. */
export function useHasAll(...entities: readonly string[]): boolean {
  return useView(
    ({ loading }) => loading === null || entities.every((entity) => isWhole(loading.progress.get(entity))),
  );
}

/** How far the first snapshot is with an entity, or with the one that is coming now; undefined once it is complete. */
export function useProgress(entity?: string): Progress | undefined {
  return useView(({ loading }) => {
    if (loading === null) return undefined;
    return entity === undefined ? [...loading.progress.values()].at(-1) : loading.progress.get(entity);
  });
}

function isWhole(progress: Progress | undefined): boolean {
  return progress !== undefined && progress.sent === progress.total;
}

/** The browser's clock, each second. */
export function useNow(): number {
  const { ticker } = useLiveContext();
  return useSyncExternalStore(ticker.subscribe, ticker.now);
}

/** mauthserver's clock, each second: instants in entities are compared with this one. */
export function useServerNow(): number {
  const offsetMs = useData((data) => data.server?.clockOffsetMs ?? 0);
  return useNow() + offsetMs;
}

/** mauthserver's clock at the moment of the call, for what is computed on a click. */
export function useServerClock(): () => number {
  const { live, clock } = useLiveContext();
  return () => clock.now() + (live.view().data.server?.clockOffsetMs ?? 0);
}

function useLiveContext(): Context {
  const context = useContext(LiveContext);
  if (context === null) throw new Error("no LiveProvider above");
  return context;
}
