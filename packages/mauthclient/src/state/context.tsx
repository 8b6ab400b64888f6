// SPDX-License-Identifier: MIT
import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from "react";
import type { Clock } from "./clock.ts";
import type { Connection, Live, View } from "./live.ts";
import type { State } from "./store.ts";
import { Ticker } from "./ticker.ts";

interface Context {
  readonly live: Live;
  readonly ticker: Ticker;
}

const LiveContext = createContext<Context | null>(null);

/** Gives the pages one connection and one second hand. */
export function LiveProvider({ live, clock, children }: { live: Live; clock: Clock; children: ReactNode }) {
  const value = useMemo(() => ({ live, ticker: new Ticker(clock) }), [live, clock]);
  return <LiveContext value={value}>{children}</LiveContext>;
}

/** The connection object, for its commands. */
export function useLive(): Live {
  return useLiveContext().live;
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

/** Whether there is anything to show: false before the first snapshot. */
export function useHasData(): boolean {
  return useData((data) => data.server !== null);
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

function useLiveContext(): Context {
  const context = useContext(LiveContext);
  if (context === null) throw new Error("no LiveProvider above");
  return context;
}
