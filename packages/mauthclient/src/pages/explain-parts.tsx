// SPDX-License-Identifier: MIT
import { Button } from "@mantine/core";
import type { Explanation } from "@mauth/protocol/api";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useDialogs } from "../components/dialogs.tsx";
import { useData, useHindrance } from "../state/context.tsx";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import { ReasonBadge } from "../ui/badges.tsx";
import { formatCount } from "../ui/format.ts";
import { RelativeTime } from "../ui/relative-time.tsx";
import classes from "./explain.module.css";
import type { ExplainSearch } from "./search-params.ts";

/** The entry, the last packets, the grants and the session behind a verdict. */
export function ExplainedFacts({ explanation }: { explanation: Explanation }) {
  const { entry, denied, grants, session } = explanation;
  const known = useData((data) => data.session.get(session ?? ""));
  return (
    <div className={classes["facts"]}>
      <h3>{pageTexts.explain.facts}</h3>
      <dl>
        <Fact name={pageTexts.explain.entry}>
          {entry
            ? `${texts.pair(entry.source, entry.group)}, ${pageTexts.explain.entryOf(entry.maxTtl)}`
            : pageTexts.explain.noEntry}
        </Fact>
        {entry && <Fact name={pageTexts.explain.passed}>{formatCount(entry.packets)}</Fact>}
        {entry && (
          <Fact name={pageTexts.explain.lastPassed}>
            <RelativeTime at={entry.lastAt} />
          </Fact>
        )}
        {denied && <Fact name={pageTexts.explain.refused}>{formatCount(denied.packets)}</Fact>}
        {denied && (
          <Fact name={pageTexts.explain.lastRefused}>
            <ReasonBadge reason={denied.reason} /> {pageTexts.explain.lastTtl(denied.ttl)}{" "}
            {pageTexts.explain.onInterface(denied.interface)}, <RelativeTime at={denied.lastAt} />
          </Fact>
        )}
        <Fact name={pageTexts.explain.grants}>
          {grants.length === 0 ? (
            pageTexts.explain.noGrants
          ) : (
            <Link to="/grants" search={{ q: grants[0]?.split(">")[0] ?? "" }}>
              {grants.map((id) => id.replace(">", " → ")).join(", ")}
            </Link>
          )}
        </Fact>
        <Fact name={pageTexts.explain.session}>
          {session === undefined ? (
            pageTexts.explain.noSession
          ) : (
            <Link to="/sessions" search={{ session }}>
              <bdi>{known === undefined ? session : known.title || texts.sessions.untitled}</bdi>
            </Link>
          )}
        </Fact>
      </dl>
    </div>
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

/** One click to what would change the verdict; the dialog says what it will do. */
export function Fix({ explanation, asked }: { explanation: Explanation; asked: Required<ExplainSearch> }) {
  const { fix, denied, grants } = explanation;
  const dialogs = useDialogs();
  const navigate = useNavigate();
  const all = useData((data) => data.grant);
  const hindrance = useHindrance("approver");
  if (fix === null) return null;
  const grant = all.get(fix.id ?? grants[0] ?? "");
  const kind = grant !== undefined && fix.kind === "permit" ? "edit" : fix.kind;
  const act = (): void => {
    if (kind === "edit" && grant !== undefined) dialogs.open({ kind: "edit", grant, seenTtl: denied?.ttl });
    else if (kind === "revoke" && grant !== undefined) dialogs.open({ kind: "revoke", grants: [grant] });
    else if (kind === "permit") dialogs.open({ kind: "permit", candidates: [candidateOf(explanation, asked)] });
    else void navigate({ to: "/grants", search: { q: asked.source } });
  };
  const { fixes } = pageTexts.explain;
  const label = kind !== "permit" && grant === undefined ? fixes.other : fixes[kind];
  return (
    <div className={classes["fix"]}>
      <strong>{pageTexts.explain.fix}</strong>
      <Button
        disabled={hindrance !== undefined}
        title={hindrance}
        onClick={act}
        {...(kind === "revoke" ? { variant: "default" } : {})}
      >
        {label}
      </Button>
    </div>
  );
}

function candidateOf({ fix, denied, session }: Explanation, { source, group }: Required<ExplainSearch>) {
  return { source, group, session, seenTtl: denied?.ttl, statedTtl: fix?.maxTtl };
}
