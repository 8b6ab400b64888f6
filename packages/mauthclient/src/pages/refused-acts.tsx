// SPDX-License-Identifier: MIT
import { ActionIcon, Menu } from "@mantine/core";
import "@mantine/core/styles/Popover.css";
import "@mantine/core/styles/Menu.css";
import { IconChevronDown } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useDialogs } from "../components/dialogs.tsx";
import { RowButton } from "../components/row-button.tsx";
import { useIgnore } from "../components/use-ignore.ts";
import { candidateOf } from "../state/candidates.ts";
import { useHindrance } from "../state/context.tsx";
import type { Ending } from "../state/limits.ts";
import type { DeniedRow } from "../state/rows.ts";
import { texts } from "../texts/texts.ts";
import classes from "./pages.module.css";

/** What can be decided about a refused sender: permit, for how long, ignore, or ask why. */
export function RefusedActs({ row }: { row: DeniedRow }) {
  const dialogs = useDialogs();
  const { denied, belonging, grant, waits, ignored } = row;
  const session = belonging.kind === "session" ? belonging.session : undefined;
  const permit = (ending?: Ending): void => {
    if (grant !== undefined) return dialogs.open({ kind: "edit", grant, seenTtl: denied.ttl });
    const limited = ending === undefined ? {} : { ending };
    return dialogs.open({ kind: "permit", candidates: [candidateOf(row)], session, ...limited });
  };
  return (
    <span className={classes["actions"]}>
      {waits || ignored !== undefined ? (
        <RowButton
          variant="light"
          label={grant === undefined ? texts.permit : texts.refused.raise}
          title={texts.reasons[denied.reason].long}
          onClick={() => permit()}
        />
      ) : (
        <span className={classes["dim"]}>{grant === undefined ? "" : texts.refused.permittedNow}</span>
      )}
      <MoreMenu row={row} permit={permit} />
    </span>
  );
}

const ENDINGS = ["15min", "2h", "session"] as const;

function MoreMenu({ row, permit }: { row: DeniedRow; permit: (ending: Ending) => void }) {
  const { denied, belonging, grant, ignored } = row;
  const hindrance = useHindrance("approver");
  const ignoring = useHindrance("operator");
  const { run } = useIgnore();
  const navigate = useNavigate();
  const { mrouter, source, group } = denied;
  const name = texts.refused.permitOf(texts.pair(source, group));
  return (
    <Menu position="bottom-end" withinPortal shadow="md" hideDetached={false}>
      <Menu.Target>
        <ActionIcon size={26} variant="default" aria-label={name} title={texts.more}>
          <IconChevronDown size={14} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {grant === undefined && <Menu.Label>{texts.permit}</Menu.Label>}
        {grant === undefined &&
          ENDINGS.map((ending) => (
            <Menu.Item
              key={ending}
              disabled={hindrance !== undefined || (ending === "session" && belonging.kind !== "session")}
              onClick={() => permit(ending)}
            >
              {texts.refused.permitEndings[ending]}
            </Menu.Item>
          ))}
        {grant === undefined && <Menu.Divider />}
        <Menu.Item disabled={ignoring !== undefined} onClick={() => void run(ignored ? "DELETE" : "PUT", [denied])}>
          {ignored === undefined ? texts.refused.ignore : texts.refused.unignore}
        </Menu.Item>
        <Menu.Item onClick={() => void navigate({ to: "/explain", search: { mrouter, source, group } })}>
          {texts.explain}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
