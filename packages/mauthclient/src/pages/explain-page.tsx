// SPDX-License-Identifier: MIT
import { Button, Loader, NativeSelect, TextInput } from "@mantine/core";
import { Explanation } from "@mauth/protocol/api";
import { IconCircleCheck, IconBan, IconMoonStars, IconQuestionMark, IconAlertTriangle } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { PageHead } from "../components/page-head.tsx";
import { useData, useNow } from "../state/context.tsx";
import { useReply } from "../state/use-reply.ts";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import { Note } from "../ui/note.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { ExplainedFacts, Fix } from "./explain-parts.tsx";
import classes from "./explain.module.css";
import type { ExplainSearch } from "./search-params.ts";

const route = getRouteApi("/explain");
const ASKED_AGAIN_MS = 3_000;

/** Why a source's packets to a group are refused or pass on an mrouter, and what would change it. */
export function ExplainPage() {
  const { mrouter, source, group } = route.useSearch();
  const asked =
    mrouter !== undefined && source !== undefined && group !== undefined ? { mrouter, source, group } : null;
  return (
    <>
      <PageHead title={pageTexts.explain.title} intro={pageTexts.explain.intro} />
      {/* Another question is another form. */}
      <Question key={`${mrouter}|${source}|${group}`} />
      {asked === null ? (
        <Note icon={<IconQuestionMark aria-hidden />} {...pageTexts.explain.start} />
      ) : (
        <Answer asked={asked} />
      )}
    </>
  );
}

function Question() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mrouters = useData((data) => data.mrouter);
  const names = [...mrouters.keys()].sort();
  const [fields, setFields] = useState<ExplainSearch>(search);
  const mrouter = fields.mrouter ?? names[0] ?? "";
  const ask = (event: FormEvent): void => {
    event.preventDefault();
    const source = fields.source?.trim() ?? "";
    const group = fields.group?.trim() ?? "";
    if (source !== "" && group !== "") void navigate({ search: { mrouter, source, group } });
  };
  return (
    <form className={classes["question"]} onSubmit={ask}>
      <NativeSelect
        label={pageTexts.explain.mrouter}
        value={mrouter}
        data={names}
        onChange={(event) => setFields({ ...fields, mrouter: event.currentTarget.value })}
      />
      <TextInput
        label={texts.permitDialog.source}
        maxLength={45}
        value={fields.source ?? ""}
        onChange={(event) => setFields({ ...fields, source: event.currentTarget.value })}
      />
      <TextInput
        label={texts.permitDialog.group}
        maxLength={45}
        value={fields.group ?? ""}
        onChange={(event) => setFields({ ...fields, group: event.currentTarget.value })}
      />
      <Button type="submit">{pageTexts.explain.ask}</Button>
    </form>
  );
}

const ICONS = {
  passed: <IconCircleCheck size={26} aria-hidden />,
  refused: <IconBan size={26} aria-hidden />,
  silent: <IconMoonStars size={26} aria-hidden />,
} as const;

function Answer({ asked }: { asked: Required<ExplainSearch> }) {
  // A decision changes the answer at once; what the mrouter then does is seen when it is asked again.
  const revision = useData((data) => data.revision);
  const version = `${revision} ${Math.floor(useNow() / ASKED_AGAIN_MS)}`;
  const query = new URLSearchParams({ ...asked }).toString();
  const { reply, isBusy, again } = useReply(`/explain?${query}`, Explanation, version);
  if (reply === null) {
    return (
      <div role="status">
        <Note icon={<Loader size="sm" />} title={pageTexts.explain.asking} body="" />
      </div>
    );
  }
  if (reply.outcome !== "ok") {
    const body = reply.outcome === "refused" ? reply.sentence : texts.access.noAnswer;
    return (
      <div role="alert">
        <Note
          icon={<IconAlertTriangle aria-hidden />}
          title={pageTexts.explain.failed}
          body={body}
          action={<Button onClick={again}>{pageTexts.explain.again}</Button>}
        />
      </div>
    );
  }
  const { verdict, sentence } = reply.value;
  return (
    <ScrollRegion className={classes["answer"]} aria-busy={isBusy} label={pageTexts.explain.title}>
      <div className={classes["verdict"]} data-verdict={verdict} role="status">
        {ICONS[verdict]}
        <div>
          <h2>{pageTexts.explain.verdicts[verdict]}</h2>
          <p>{sentence}</p>
        </div>
      </div>
      <Fix explanation={reply.value} asked={asked} />
      <ExplainedFacts explanation={reply.value} />
    </ScrollRegion>
  );
}
