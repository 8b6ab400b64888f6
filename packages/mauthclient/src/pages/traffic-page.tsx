// SPDX-License-Identifier: MIT
import { SegmentedControl } from "@mantine/core";
import "@mantine/core/styles/FloatingIndicator.css";
import "@mantine/core/styles/SegmentedControl.css";
import { IconActivity } from "@tabler/icons-react";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { ListNote } from "../components/list-note.tsx";
import { PageHead } from "../components/page-head.tsx";
import { useData, useLive, useNow } from "../state/context.tsx";
import { SLOT_MS, slotTimes } from "../state/traffic.ts";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import { formatPacketRate } from "../ui/format.ts";
import { Pair } from "../ui/pair.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import classes from "./traffic.module.css";

const Plot = lazy(async () => ({ default: (await import("../components/plot.tsx")).Plot }));
const route = getRouteApi("/traffic");
const BUSIEST_MAX = 20;
const ALL_PX = 220;
const ONE_PX = 180;

/** What passed and what was refused in the last 15 minutes: in all, and by each of the busiest. */
export function TrafficPage() {
  const hasData = useData((data) => data.server !== null);
  return (
    <>
      <PageHead title={pageTexts.traffic.title} intro={pageTexts.traffic.intro} />
      {hasData ? (
        <ScrollRegion className={classes["page"]} label={pageTexts.traffic.title}>
          <AllTraffic />
          <OneSender />
          <Busiest />
        </ScrollRegion>
      ) : (
        <ListNote icon={<IconActivity aria-hidden />} empty={pageTexts.traffic.empty} isFiltered={false} />
      )}
    </>
  );
}

/** Now, in steps of a slot: between them no point moves. */
function useSlotNow(): number {
  const nowMs = useNow();
  // The slot that is being filled would show as a dip.
  return Math.floor(nowMs / SLOT_MS) * SLOT_MS - 1;
}

function AllTraffic() {
  const { traffic } = useLive();
  const nowMs = useSlotNow();
  const passed = traffic.rates("passed", nowMs);
  const refused = traffic.rates("refused", nowMs);
  const now = { passed: passed.at(-1) ?? 0, refused: refused.at(-1) ?? 0 };
  return (
    <section className={classes["box"]} aria-label={pageTexts.traffic.all}>
      <div className={classes["head"]}>
        <h2>{pageTexts.traffic.all}</h2>
        <span className={classes["figure"]} data-tone="passed">
          {pageTexts.traffic.passed} {formatPacketRate(now.passed)}
        </span>
        <span className={classes["figure"]} data-tone="refused">
          {pageTexts.traffic.refused} {formatPacketRate(now.refused)}
        </span>
      </div>
      <Suspense fallback={<div style={{ height: ALL_PX + 34 }} />}>
        <Plot
          summary={pageTexts.traffic.summary(formatPacketRate(now.passed), formatPacketRate(now.refused))}
          times={slotTimes(nowMs)}
          curves={[
            { label: pageTexts.traffic.passed, tone: "passed", values: passed },
            { label: pageTexts.traffic.refused, tone: "refused", values: refused },
          ]}
          height={ALL_PX}
        />
      </Suspense>
    </section>
  );
}

function OneSender() {
  const { sender } = route.useSearch();
  if (sender === undefined) return null;
  return <SenderPlot id={sender} />;
}

/** The curve of one sender or refused pair, by its id. */
function SenderPlot({ id }: { id: string }) {
  const { traffic } = useLive();
  const nowMs = useSlotNow();
  const name = nameOf(id);
  const known = useData((data) => (data.sender.has(id) ? "passed" : "refused"));
  const values = traffic.ratesOf(known, id, nowMs);
  const now = formatPacketRate(values.at(-1) ?? 0);
  return (
    <section className={classes["box"]} aria-label={name.pair}>
      <div className={classes["head"]}>
        <h2>
          <Pair source={name.source} group={name.group} />
        </h2>
        <span className={classes["figure"]} data-tone={known}>
          {pageTexts.traffic[known]} {now}
        </span>
        <span className={classes["where"]}>{name.mrouter}</span>
      </div>
      <Suspense fallback={<div style={{ height: ONE_PX + 34 }} />}>
        <Plot
          summary={pageTexts.traffic.one(name.pair, now)}
          times={slotTimes(nowMs)}
          curves={[{ label: pageTexts.traffic[known], tone: known, values }]}
          height={ONE_PX}
        />
      </Suspense>
    </section>
  );
}

function Busiest() {
  const { fate = "passed", sender } = route.useSearch();
  const navigate = route.useNavigate();
  const { traffic } = useLive();
  const nowMs = useSlotNow();
  const busiest = traffic.busiest(fate, nowMs, BUSIEST_MAX);
  const top = busiest[0]?.packetsPerSecond ?? 1;
  return (
    <section className={classes["box"]} aria-label={pageTexts.traffic.busiest}>
      <div className={classes["head"]}>
        <h2>{pageTexts.traffic.busiest}</h2>
        <SegmentedControl
          size="xs"
          aria-label={pageTexts.traffic.which}
          value={fate}
          data={(["passed", "refused"] as const).map((value) => ({ value, label: pageTexts.traffic[value] }))}
          onChange={(value) => void navigate({ search: { fate: value }, replace: true })}
        />
      </div>
      {busiest.length === 0 && <p className={classes["quiet"]}>{pageTexts.traffic.nobody[fate]}</p>}
      <ol className={classes["busiest"]}>
        {busiest.map(({ id, packetsPerSecond }) => {
          const name = nameOf(id);
          return (
            <li key={id} data-open={id === sender || undefined}>
              <Link to="/traffic" search={{ fate, sender: id }} replace aria-label={texts.trafficOf(name.pair)}>
                <Pair source={name.source} group={name.group} />
              </Link>
              <span className={classes["where"]}>{name.mrouter}</span>
              <span className={classes["bar"]} data-tone={fate}>
                <span style={{ width: `${(packetsPerSecond / top) * 100}%` }} />
              </span>
              <span className={classes["rate"]}>{formatPacketRate(packetsPerSecond)}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** Takes "MROUTER|SOURCE>GROUP" or "MROUTER|INTERFACE|SOURCE>GROUP" apart. */
function nameOf(id: string): { mrouter: string; source: string; group: string; pair: string } {
  const parts = id.split("|");
  const [source = "", group = ""] = (parts.at(-1) ?? "").split(">");
  return { mrouter: parts.slice(0, -1).join(" "), source, group, pair: texts.pair(source, group) };
}
