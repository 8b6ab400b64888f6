// SPDX-License-Identifier: MIT
import { Button } from "@mantine/core";
import { Account, listOf, Token } from "@mauth/protocol/api";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { PageHead } from "../components/page-head.tsx";
import { RestList } from "../components/rest-list.tsx";
import { useChange } from "../components/use-change.ts";
import { useAccess, useHindrance } from "../state/context.tsx";
import { useReply } from "../state/use-reply.ts";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import { formatInstant } from "../ui/format.ts";
import { RelativeTime } from "../ui/relative-time.tsx";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { AccountDialog, TokenDialog } from "./account-dialogs.tsx";
import classes from "./admin.module.css";

const Accounts = listOf(Account);
const Tokens = listOf(Token);

/** Who may log in, and which programs may. */
export function AccountsPage() {
  const access = useAccess();
  const hasAccounts = access.state === "in" && !access.isOpen;
  return (
    <>
      <PageHead title={pageTexts.accounts.title} intro={pageTexts.accounts.intro} />
      <ScrollRegion className={classes["page"]} label={pageTexts.accounts.title}>
        {!hasAccounts && <p className={classes["hint"]}>{pageTexts.accounts.openHint}</p>}
        <AccountList />
        <TokenList />
      </ScrollRegion>
    </>
  );
}

function AccountList() {
  const { reply, again } = useReply("/accounts?limit=1000", Accounts);
  const [edited, setEdited] = useState<{ key: number; account?: Account; isOpen: boolean }>({ key: 0, isOpen: false });
  const hindrance = useHindrance("admin");
  const open = (account?: Account): void =>
    setEdited({ key: edited.key + 1, isOpen: true, ...(account === undefined ? {} : { account }) });
  return (
    <section className={classes["box"]} aria-label={pageTexts.accounts.accounts}>
      <div className={classes["head"]}>
        <h2>{pageTexts.accounts.accounts}</h2>
        <Button
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          disabled={hindrance !== undefined}
          title={hindrance}
          onClick={() => open()}
        >
          {pageTexts.accounts.add}
        </Button>
      </div>
      <RestList reply={reply} again={again}>
        {({ items }) => (
          <ul className={classes["rows"]}>
            {items.length === 0 && <li className={classes["dim"]}>{pageTexts.accounts.nobody}</li>}
            {items.map((account) => (
              <AccountRow key={account.id} account={account} onEdit={() => open(account)} onChanged={again} />
            ))}
          </ul>
        )}
      </RestList>
      <AccountDialog
        key={edited.key}
        account={edited.account}
        isOpen={edited.isOpen}
        onClose={() => setEdited({ ...edited, isOpen: false })}
        onChanged={again}
      />
    </section>
  );
}

interface AccountRowProps {
  readonly account: Account;
  readonly onEdit: () => void;
  readonly onChanged: () => void;
}

function AccountRow({ account, onEdit, onChanged }: AccountRowProps) {
  const hindrance = useHindrance("admin");
  const { run, isBusy } = useChange();
  const { id, role, lastLoginAt, lockedUntil } = account;
  const path = `/accounts/${encodeURIComponent(id)}`;
  const change = async (method: "PATCH" | "DELETE", body?: object): Promise<void> => {
    const reply = await run({ method, path, ...(body === undefined ? {} : { body }), what: id });
    if (reply.outcome === "ok") onChanged();
  };
  return (
    <li>
      <span className={classes["name"]}>
        <strong>
          <bdi>{id}</bdi>
        </strong>
        <span className={classes["dim"]}>
          {role} · {pageTexts.accounts.scopeOf(account.scope)}
        </span>
      </span>
      <span className={classes["dim"]}>
        {pageTexts.accounts.lastLogin} <RelativeTime at={lastLoginAt} />
      </span>
      {lockedUntil !== null && (
        <Button size="compact-xs" variant="default" onClick={() => void change("PATCH", { unlock: true })}>
          {pageTexts.accounts.unlock(formatInstant(lockedUntil))}
        </Button>
      )}
      <Button
        size="compact-xs"
        variant="default"
        disabled={hindrance !== undefined}
        aria-label={pageTexts.accounts.editOf(id)}
        onClick={onEdit}
      >
        {texts.edit}
      </Button>
      <Confirmed
        label={texts.remove}
        name={pageTexts.accounts.removeOf(id)}
        isBusy={isBusy}
        isDisabled={hindrance !== undefined}
        onConfirm={() => void change("DELETE")}
      />
    </li>
  );
}

function TokenList() {
  const { reply, again } = useReply("/tokens?limit=1000", Tokens);
  const [dialog, setDialog] = useState({ key: 0, isOpen: false });
  const hindrance = useHindrance("admin");
  return (
    <section className={classes["box"]} aria-label={pageTexts.accounts.tokens}>
      <div className={classes["head"]}>
        <h2>{pageTexts.accounts.tokens}</h2>
        <Button
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          disabled={hindrance !== undefined}
          title={hindrance}
          onClick={() => setDialog({ key: dialog.key + 1, isOpen: true })}
        >
          {pageTexts.accounts.addToken}
        </Button>
      </div>
      <p className={classes["dim"]}>{pageTexts.accounts.tokensIntro}</p>
      <RestList reply={reply} again={again}>
        {({ items }) => (
          <ul className={classes["rows"]}>
            {items.length === 0 && <li className={classes["dim"]}>{pageTexts.accounts.noToken}</li>}
            {items.map((token) => (
              <TokenRow key={token.id} token={token} onChanged={again} />
            ))}
          </ul>
        )}
      </RestList>
      <TokenDialog
        key={dialog.key}
        isOpen={dialog.isOpen}
        onClose={() => setDialog({ ...dialog, isOpen: false })}
        onChanged={again}
      />
    </section>
  );
}

function TokenRow({ token, onChanged }: { token: Token; onChanged: () => void }) {
  const hindrance = useHindrance("admin");
  const { run, isBusy } = useChange();
  const remove = async (): Promise<void> => {
    const reply = await run({ method: "DELETE", path: `/tokens/${token.id}`, what: token.name });
    if (reply.outcome === "ok") onChanged();
  };
  return (
    <li>
      <span className={classes["name"]}>
        <strong>
          <bdi>{token.name}</bdi>
        </strong>
        <span className={classes["dim"]}>
          {token.role} · {pageTexts.accounts.scopeOf(token.scope)} · {pageTexts.accounts.by(token.createdBy)}
        </span>
      </span>
      <span className={classes["dim"]}>
        {pageTexts.accounts.lastUsed} <RelativeTime at={token.lastUsedAt} />
        {token.expiresAt !== null && `, ${pageTexts.accounts.ends(formatInstant(token.expiresAt))}`}
      </span>
      <Confirmed
        label={texts.remove}
        name={pageTexts.accounts.removeOf(token.name)}
        isBusy={isBusy}
        isDisabled={hindrance !== undefined}
        onConfirm={() => void remove()}
      />
    </li>
  );
}

interface ConfirmedProps {
  readonly label: string;
  readonly name: string;
  readonly isBusy: boolean;
  readonly isDisabled: boolean;
  readonly onConfirm: () => void;
}

/** A button that must be pressed twice; looking away takes the first press back. */
function Confirmed({ label, name, isBusy, isDisabled, onConfirm }: ConfirmedProps) {
  const [isSure, setIsSure] = useState(false);
  return (
    <Button
      size="compact-xs"
      variant={isSure ? "filled" : "default"}
      {...(isSure ? { color: "red" } : {})}
      loading={isBusy}
      disabled={isDisabled}
      aria-label={isSure ? pageTexts.accounts.sure(name) : name}
      onBlur={() => setIsSure(false)}
      onClick={() => {
        if (isSure) onConfirm();
        setIsSure(!isSure);
      }}
    >
      {isSure ? pageTexts.accounts.really : label}
    </Button>
  );
}
