// SPDX-License-Identifier: MIT
import { ActionIcon, Button, SegmentedControl } from "@mantine/core";
import "@mantine/core/styles/FloatingIndicator.css";
import "@mantine/core/styles/SegmentedControl.css";
import type { Mrouter } from "@mauth/protocol/api";
import { IconPencil, IconPlus, IconRouter, IconTrash } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, memo, type ReactNode, Suspense } from "react";
import { useDialogs } from "../components/dialogs.tsx";
import { ListNote } from "../components/list-note.tsx";
import { PageHead } from "../components/page-head.tsx";
import { RowButton } from "../components/row-button.tsx";
import { useData, useHindrance } from "../state/context.tsx";
import { alarmsOf } from "../state/mrouters.ts";
import { texts } from "../texts/texts.ts";
import { InterfaceBadge, MrouterBadge } from "../ui/badges.tsx";
import { formatCount } from "../ui/format.ts";
import { Mono } from "../ui/pair.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import classes from "./pages.module.css";

const Topology = lazy(async () => ({ default: (await import("../components/topology.tsx")).Topology }));
const route = getRouteApi("/mrouters");

/** The mrouters: whether each does what was decided, as a list or as a picture of the network. */
export function MroutersPage() {
  const mrouters = useData((data) => data.mrouter);
  const { view, mrouter: focus } = route.useSearch();
  const navigate = route.useNavigate();
  const dialogs = useDialogs();
  const hindrance = useHindrance("admin");
  const sorted = [...mrouters.values()].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const add = (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      disabled={hindrance !== undefined}
      title={hindrance}
      onClick={() => dialogs.open({ kind: "mrouter" })}
    >
      {texts.mrouters.add}
    </Button>
  );
  return (
    <>
      <PageHead title={texts.mrouters.title} intro={texts.mrouters.intro} action={add} />
      {sorted.length > 0 && (
        <div className={classes["bar"]}>
          <SegmentedControl
            size="xs"
            aria-label={texts.mrouters.views.label}
            value={view ?? "list"}
            data={(["list", "topology"] as const).map((value) => ({ value, label: texts.mrouters.views[value] }))}
            onChange={(value) => void navigate({ search: value === "topology" ? { view: value } : {} })}
          />
          {view === "topology" && focus !== undefined && (
            <Button size="xs" variant="default" onClick={() => void navigate({ search: { view } })}>
              {texts.mrouters.back}
            </Button>
          )}
        </div>
      )}
      {sorted.length === 0 && (
        <ListNote icon={<IconRouter aria-hidden />} empty={texts.mrouters.empty} isFiltered={false} />
      )}
      {sorted.length > 0 && view === "topology" && (
        <Suspense>
          <Topology
            focus={focus}
            onFocus={(mrouter) => void navigate({ search: { view, ...(mrouter === undefined ? {} : { mrouter }) } })}
          />
        </Suspense>
      )}
      {sorted.length > 0 && view === undefined && (
        <ScrollRegion className={classes["scrollPage"]} label={texts.mrouters.title}>
          <ul className={classes["mrouters"]}>
            {sorted.map((mrouter) => (
              <MrouterCard key={mrouter.id} mrouter={mrouter} />
            ))}
          </ul>
        </ScrollRegion>
      )}
    </>
  );
}

/** Drawn again only when its mrouter is another. */
const MrouterCard = memo(PlainMrouterCard);

function PlainMrouterCard({ mrouter }: { mrouter: Mrouter }) {
  const alarms = alarmsOf(new Map([[mrouter.id, mrouter]])).map((alarm) => alarm.kind);
  const isWeak = mrouter.filter === "memory";
  return (
    <li className={classes["mrouter"]} data-alarm={alarms.length > 0 || undefined}>
      <div className={classes["mrouterHead"]}>
        <h2 className={classes["mrouterName"]}>{mrouter.name}</h2>
        <MrouterBadge state={mrouter.state} />
        <Edits mrouter={mrouter} />
      </div>
      {mrouter.trouble !== undefined && <p className={classes["trouble"]}>{mrouter.trouble}</p>}
      <dl className={classes["facts"]}>
        <Fact name={texts.mrouters.senders}>
          <SendersInForce mrouter={mrouter} />
        </Fact>
        <Fact name={texts.mrouters.filter}>
          <span className={isWeak ? classes["alarmText"] : undefined}>{texts.mrouters.filters[mrouter.filter]}</span>
        </Fact>
        <Fact name={texts.mrouters.mode}>
          <span className={mrouter.mode === "monitor" ? classes["alarmText"] : undefined}>
            {texts.mrouters.modes[mrouter.mode]}
          </span>
        </Fact>
        <dt>{texts.mrouters.interfaces}</dt>
        <dd className={mrouter.interfaces.length > 0 ? classes["wide"] : undefined}>
          <Interfaces mrouter={mrouter} />
        </dd>
        <Fact name={texts.mrouters.networks}>
          <Mono>{mrouter.networks.join(", ")}</Mono>
        </Fact>
        <Fact name={texts.mrouters.address}>
          <Mono>{mrouter.address}</Mono> {mrouter.protocol}
        </Fact>
        <Fact name={texts.mrouters.passed}>
          <Packets packets={mrouter.passedPackets} />
        </Fact>
        <Fact name={texts.mrouters.refused}>
          <Packets packets={mrouter.refusedPackets} />
        </Fact>
        <Fact name={texts.mrouters.heard}>
          <RelativeTime at={mrouter.lastHeardAt} />
        </Fact>
      </dl>
    </li>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function SendersInForce({ mrouter }: { mrouter: Mrouter }) {
  const { sendersInForce, sendersDecided } = mrouter;
  const inForce = sendersInForce === null ? texts.mrouters.unknown : formatCount(sendersInForce);
  const isApart = sendersInForce !== null && sendersInForce !== sendersDecided;
  return (
    <span className={isApart ? classes["alarmText"] : classes["number"]}>
      {texts.mrouters.ofDecided(inForce, formatCount(sendersDecided))}
    </span>
  );
}

function Interfaces({ mrouter }: { mrouter: Mrouter }) {
  const { interfaces, mode } = mrouter;
  if (interfaces.length === 0) return texts.mrouters.noInterfaces;
  return (
    <ul className={classes["interfaces"]}>
      {interfaces.map(({ name, attached, monitored = mode === "monitor" }) => (
        <li key={name}>
          <InterfaceBadge name={name} isAttached={attached} />
          {attached && <ModeSwitch mrouter={mrouter} interfaceName={name} isMonitored={monitored} />}
        </li>
      ))}
    </ul>
  );
}

interface ModeSwitchProps {
  readonly mrouter: Mrouter;
  readonly interfaceName: string;
  readonly isMonitored: boolean;
}

/** What an interface does with packets that have no grant, and the way to the other; only v2 can be told. */
function ModeSwitch({ mrouter, interfaceName, isMonitored }: ModeSwitchProps) {
  const dialogs = useDialogs();
  const next = isMonitored ? "enforce" : "monitor";
  const word = isMonitored ? texts.mrouters.monitored : texts.mrouters.enforced;
  return (
    <>
      <span className={isMonitored ? classes["alarmText"] : classes["dim"]}>{word}</span>
      {mrouter.protocol === "v2" && (
        <RowButton
          variant="default"
          needs="operator"
          label={texts.mrouters.switchTo[next]}
          name={texts.mrouters.switchOf(texts.mrouters.switchTo[next], `${mrouter.name} ${interfaceName}`)}
          onClick={() => dialogs.open({ kind: "mode", mrouter: mrouter.id, interfaceName, mode: next })}
        />
      )}
    </>
  );
}

function Edits({ mrouter }: { mrouter: Mrouter }) {
  const dialogs = useDialogs();
  const hindrance = useHindrance("admin");
  const { editOf, removeOf } = texts.mrouters;
  return (
    <span className={classes["actions"]}>
      <ActionIcon
        variant="subtle"
        color="gray"
        disabled={hindrance !== undefined}
        aria-label={editOf(mrouter.name)}
        title={hindrance ?? editOf(mrouter.name)}
        onClick={() => dialogs.open({ kind: "mrouter", mrouter })}
      >
        <IconPencil size={16} aria-hidden />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        disabled={hindrance !== undefined}
        aria-label={removeOf(mrouter.name)}
        title={hindrance ?? removeOf(mrouter.name)}
        onClick={() => dialogs.open({ kind: "removeMrouter", mrouter })}
      >
        <IconTrash size={16} aria-hidden />
      </ActionIcon>
    </span>
  );
}

function Packets({ packets }: { packets: number | null }) {
  return <span className={classes["number"]}>{packets === null ? texts.mrouters.unknown : formatCount(packets)}</span>;
}
