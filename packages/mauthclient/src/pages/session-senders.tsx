// SPDX-License-Identifier: MIT
import type { Grant, Session } from "@mauth/protocol/api";
import { useMemo } from "react";
import { Enforcement } from "../components/enforcement.tsx";
import { useData } from "../state/context.tsx";
import { candidatesOf, type Candidate } from "../state/candidates.ts";
import { coveringGrant } from "../state/coverage.ts";
import { pairId } from "../state/pair-id.ts";
import { indexSenders } from "../state/pairs.ts";
import { texts } from "../texts/texts.ts";
import { formatCount } from "../ui/format.ts";
import { Pair } from "../ui/pair.tsx";
import { RateText } from "../ui/rate.tsx";
import classes from "./pages.module.css";

/** The flows of a session: permitted or not, with what passes now. */
export function SessionSenders({ session }: { session: Session }) {
  const grants = useData((data) => data.grant);
  const denied = useData((data) => data.denied);
  const candidates = useMemo(() => candidatesOf(session, grants, denied), [session, grants, denied]);
  if (candidates.length === 0) return <p className={classes["sub"]}>{texts.session.noFlows}</p>;
  return (
    <ul className={classes["list"]}>
      {candidates.map((candidate) => (
        <li key={pairId(candidate)}>
          <span className={classes["grow"]}>
            <Pair source={candidate.source} group={candidate.group} />
          </span>
          <Sender candidate={candidate} grant={coveringGrant(grants, candidate)} />
        </li>
      ))}
    </ul>
  );
}

function Sender({ candidate, grant }: { candidate: Candidate; grant: Grant | undefined }) {
  const senders = useData((data) => data.sender);
  const id = pairId(candidate);
  const own = useMemo(() => indexSenders(senders).get(id) ?? [], [senders, id]);
  const denied = useData((data) => data.denied);
  const refused = useMemo(() => [...denied.values()].filter((one) => pairId(one) === id), [denied, id]);
  if (grant === undefined) {
    const packets = refused.reduce((sum, one) => sum + one.packets, 0);
    return (
      <span className={classes["dim"]}>
        {packets === 0 ? texts.permission["not-permitted"] : texts.session.refusedPackets(formatCount(packets))}
      </span>
    );
  }
  const packets = own.reduce((sum, one) => sum + one.packets, 0);
  const isLow = candidate.seenTtl !== undefined && candidate.seenTtl > grant.maxTtl;
  return (
    <>
      <RateText ids={own.map((one) => one.id)} withBits />
      <span className={classes["sub"]}>
        <Enforcement grant={grant} /> {texts.session.passed(formatCount(packets), grant.maxTtl)}
        {isLow && (
          <span className={classes["alarmText"]}> {texts.session.lowTtl(candidate.seenTtl ?? 0, grant.maxTtl)}</span>
        )}
      </span>
    </>
  );
}
