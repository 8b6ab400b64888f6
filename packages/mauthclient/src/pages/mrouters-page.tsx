// SPDX-License-Identifier: MIT
import type { Mrouter } from "@mauth/protocol/api";
import { IconRouter } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ListNote } from "../components/list-note.tsx";
import { PageHead } from "../components/page-head.tsx";
import { useData } from "../state/context.tsx";
import { alarmsOf } from "../state/mrouters.ts";
import { texts } from "../texts.ts";
import { InterfaceBadge, MrouterBadge } from "../ui/badges.tsx";
import { formatCount } from "../ui/format.ts";
import { Mono } from "../ui/pair.tsx";
import { RelativeTime } from "../ui/relative-time.tsx";
import classes from "./pages.module.css";

/** The mrouters: whether each does what was decided. */
export function MroutersPage() {
  const mrouters = useData((data) => data.mrouter);
  const sorted = [...mrouters.values()].sort((a, b) => a.name.localeCompare(b.name, "en"));
  return (
    <>
      <PageHead title={texts.mrouters.title} intro={texts.mrouters.intro} />
      {sorted.length === 0 ? (
        <ListNote icon={<IconRouter aria-hidden />} empty={texts.mrouters.empty} isFiltered={false} />
      ) : (
        // Focusable, so that the keyboard can scroll it.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={classes["scrollPage"]} tabIndex={0} role="region" aria-label={texts.mrouters.title}>
          <ul className={classes["mrouters"]}>
            {sorted.map((mrouter) => (
              <MrouterCard key={mrouter.id} mrouter={mrouter} />
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function MrouterCard({ mrouter }: { mrouter: Mrouter }) {
  const alarms = alarmsOf(new Map([[mrouter.id, mrouter]])).map((alarm) => alarm.kind);
  const isWeak = mrouter.filter === "memory";
  return (
    <li className={classes["mrouter"]} data-alarm={alarms.length > 0 || undefined}>
      <div className={classes["mrouterHead"]}>
        <h2 className={classes["mrouterName"]}>{mrouter.name}</h2>
        <MrouterBadge state={mrouter.state} />
      </div>
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
        <Fact name={texts.mrouters.interfaces}>
          <Interfaces interfaces={mrouter.interfaces} />
        </Fact>
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

function Interfaces({ interfaces }: { interfaces: Mrouter["interfaces"] }) {
  if (interfaces.length === 0) return texts.mrouters.noInterfaces;
  return (
    <span className={classes["actions"]}>
      {interfaces.map(({ name, attached }) => (
        <InterfaceBadge key={name} name={name} isAttached={attached} />
      ))}
    </span>
  );
}

function Packets({ packets }: { packets: number | null }) {
  return <span className={classes["number"]}>{packets === null ? texts.mrouters.unknown : formatCount(packets)}</span>;
}
