// SPDX-License-Identifier: MIT
import { NativeSelect, PasswordInput, Text, TextInput } from "@mantine/core";
import "@mantine/core/styles/PasswordInput.css";
import {
  type Account,
  AccountName,
  AccountScope,
  NewPassword,
  NewToken,
  PASSWORD_LENGTH_MIN,
  Role,
} from "@mauth/protocol/api";
import { useState } from "react";
import { DialogFrame } from "../components/dialog-frame.tsx";
import { useChange } from "../components/use-change.ts";
import { useSeen } from "../components/use-seen.ts";
import { useAccess, useGate, useHindrance, useServerClock } from "../state/context.tsx";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import classes from "./admin.module.css";

interface DialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}

interface Fields {
  readonly name: string;
  readonly role: Role;
  readonly sources: string;
  readonly groups: string;
  readonly password: string;
  readonly days: string;
}

const BLANK: Fields = { name: "", role: "viewer", sources: "", groups: "", password: "", days: "90" };
const DAY_MS = 86_400_000;

function listOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** The scope that two lists of prefixes stand for; null when they cannot, undefined when both are empty. */
function scopeOf({ sources, groups }: Fields): AccountScope | null | undefined {
  const scope = {
    ...(sources.trim() === "" ? {} : { sources: listOf(sources) }),
    ...(groups.trim() === "" ? {} : { groups: listOf(groups) }),
  };
  if (Object.keys(scope).length === 0) return undefined;
  const parsed = AccountScope.safeParse(scope);
  return parsed.success ? parsed.data : null;
}

/** Makes an account, or changes its role, scope and password. */
export function AccountDialog({
  account,
  isOpen,
  onClose,
  onChanged,
}: DialogProps & { account?: Account | undefined }) {
  const [fields, setFields] = useState<Fields>({
    ...BLANK,
    name: account?.id ?? "",
    role: account?.role ?? "operator",
    sources: account?.scope?.sources?.join(", ") ?? "",
    groups: account?.scope?.groups?.join(", ") ?? "",
  });
  const { run, progress } = useChange();
  const path = account === undefined ? null : `/accounts/${encodeURIComponent(account.id)}`;
  const seen = useSeen(path, account && { role: account.role, scope: account.scope });
  const gate = useGate();
  const access = useAccess();
  const isFirst = access.state === "in" && access.isOpen;
  const [error, setError] = useState<string | null>(null);
  const hindrance = useHindrance("admin");
  const scope = scopeOf(fields);
  const isName = AccountName.safeParse(fields.name.trim()).success;
  const isPassword = NewPassword.safeParse(fields.password).success;
  const mayKeepPassword = account !== undefined && fields.password === "";
  const submit = async (): Promise<void> => {
    const { role, password } = fields;
    const name = fields.name.trim();
    const set = password === "" ? {} : { password };
    if (isFirst) {
      const made = await gate.makeFirst({ name, password });
      if (made.outcome === "ok") onClose();
      else setError(made.outcome === "refused" ? made.sentence : texts.access.noAnswer);
      return;
    }
    const reply =
      path === null
        ? await run({
            method: "POST",
            path: "/accounts",
            what: name,
            body: { name, role, password, ...(scope ? { scope } : {}) },
          })
        : await run({
            method: "PATCH",
            path,
            what: name,
            ifMatch: await seen.ifMatch(),
            body: { role, scope: scope ?? null, ...set },
          });
    if (seen.isOutdated(reply) || reply.outcome !== "ok") return;
    onChanged();
    onClose();
  };
  return (
    <DialogFrame
      title={account === undefined ? pageTexts.accounts.add : pageTexts.accounts.editOf(account.id)}
      isOpen={isOpen}
      onClose={onClose}
      hindrance={hindrance}
      isReady={isName && scope !== null && (isPassword || mayKeepPassword)}
      submit={{ label: texts.permitDialog.save, onSubmit: submit }}
      progress={progress}
      meanwhile={seen.meanwhile}
    >
      <TextInput
        label={texts.access.name}
        autoComplete="off"
        disabled={account !== undefined}
        error={fields.name !== "" && !isName && texts.access.nameInvalid}
        value={fields.name}
        onChange={(event) => setFields({ ...fields, name: event.currentTarget.value })}
      />
      {isFirst ? (
        <Text size="sm">{pageTexts.accounts.firstIsAdmin}</Text>
      ) : (
        <RoleFields fields={fields} setFields={setFields} isScopeValid={scope !== null} />
      )}
      {error !== null && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {error}
        </Text>
      )}
      <PasswordInput
        label={account === undefined ? texts.access.password : pageTexts.accounts.newPassword}
        description={texts.access.passwordHint(PASSWORD_LENGTH_MIN)}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": texts.access.showPassword }}
        error={fields.password !== "" && !isPassword && texts.access.passwordShort}
        value={fields.password}
        onChange={(event) => setFields({ ...fields, password: event.currentTarget.value })}
      />
    </DialogFrame>
  );
}

/** Makes a token and shows its secret, once. */
export function TokenDialog({ isOpen, onClose, onChanged }: DialogProps) {
  const [fields, setFields] = useState<Fields>(BLANK);
  const [secret, setSecret] = useState<string | null>(null);
  const { run, progress } = useChange();
  const hindrance = useHindrance("admin");
  const clock = useServerClock();
  const scope = scopeOf(fields);
  const submit = async (): Promise<void> => {
    if (secret !== null) return onClose();
    const expiresAt = fields.days === "" ? null : Math.round(clock() + Number(fields.days) * DAY_MS);
    const body = { name: fields.name.trim(), role: fields.role, expiresAt, ...(scope ? { scope } : {}) };
    const reply = await run({ method: "POST", path: "/tokens", what: body.name, body, schema: NewToken });
    if (reply.outcome !== "ok") return undefined;
    setSecret(reply.value.secret);
    onChanged();
    return undefined;
  };
  return (
    <DialogFrame
      title={pageTexts.accounts.addToken}
      isOpen={isOpen}
      onClose={onClose}
      hindrance={hindrance}
      isReady={fields.name.trim() !== "" && scope !== null}
      submit={{ label: secret === null ? pageTexts.accounts.make : pageTexts.accounts.kept, onSubmit: submit }}
      progress={progress}
    >
      {secret === null ? (
        <>
          <TextInput
            label={pageTexts.accounts.tokenName}
            maxLength={100}
            value={fields.name}
            onChange={(event) => setFields({ ...fields, name: event.currentTarget.value })}
          />
          <RoleFields fields={fields} setFields={setFields} isScopeValid={scope !== null} />
          <NativeSelect
            label={pageTexts.accounts.validFor}
            value={fields.days}
            data={pageTexts.accounts.validities}
            onChange={(event) => setFields({ ...fields, days: event.currentTarget.value })}
          />
        </>
      ) : (
        <div role="status">
          <Text size="sm" mb={8}>
            {pageTexts.accounts.secretHint}
          </Text>
          <code className={classes["secret"]}>{secret}</code>
        </div>
      )}
    </DialogFrame>
  );
}

interface RoleFieldsProps {
  readonly fields: Fields;
  readonly setFields: (fields: Fields) => void;
  readonly isScopeValid: boolean;
}

function RoleFields({ fields, setFields, isScopeValid }: RoleFieldsProps) {
  return (
    <>
      <NativeSelect
        label={pageTexts.accounts.role}
        description={pageTexts.accounts.roles[fields.role]}
        value={fields.role}
        data={[...Role.options]}
        onChange={(event) => setFields({ ...fields, role: Role.parse(event.currentTarget.value) })}
      />
      <TextInput
        label={pageTexts.accounts.sources}
        description={pageTexts.accounts.scopeHint}
        error={!isScopeValid && pageTexts.accounts.scopeInvalid}
        value={fields.sources}
        onChange={(event) => setFields({ ...fields, sources: event.currentTarget.value })}
      />
      <TextInput
        label={pageTexts.accounts.groups}
        value={fields.groups}
        onChange={(event) => setFields({ ...fields, groups: event.currentTarget.value })}
      />
    </>
  );
}
