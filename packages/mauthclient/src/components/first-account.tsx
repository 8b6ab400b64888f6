// SPDX-License-Identifier: MIT
import { PasswordInput, TextInput } from "@mantine/core";
import "@mantine/core/styles/PasswordInput.css";
import { AccountName, NewPassword, PASSWORD_LENGTH_MIN } from "@mauth/protocol/api";
import { useState } from "react";
import { texts } from "../texts/texts.ts";

interface Fields {
  readonly name: string;
  readonly password: string;
  readonly again: string;
  readonly code: string;
}

/** The form of the first account. */
export function useFirstAccount({ needsCode }: { needsCode: boolean }) {
  const [fields, setFields] = useState<Fields>({ name: "", password: "", again: "", code: "" });
  const { name, password, again, code } = fields;
  const isName = AccountName.safeParse(name.trim()).success;
  const isLong = NewPassword.safeParse(password).success;
  return {
    fields,
    needsCode,
    isName,
    isLong,
    isReady: isName && isLong && password === again && (!needsCode || code.trim() !== ""),
    value: { name: name.trim(), password, ...(needsCode ? { code: code.trim() } : {}) },
    set: (part: Partial<Fields>): void => setFields((before) => ({ ...before, ...part })),
  };
}

/** Its fields; what is wrong is said once something was typed. */
export function FirstAccountFields({ account }: { account: ReturnType<typeof useFirstAccount> }) {
  const { fields, set } = account;
  return (
    <>
      {account.needsCode && (
        <TextInput
          label={texts.access.code}
          description={texts.access.codeHint}
          autoComplete="one-time-code"
          autoFocus
          maxLength={64}
          value={fields.code}
          onChange={(event) => set({ code: event.currentTarget.value })}
        />
      )}
      <TextInput
        label={texts.access.name}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        maxLength={32}
        error={fields.name !== "" && !account.isName && texts.access.nameInvalid}
        value={fields.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <PasswordInput
        label={texts.access.password}
        description={texts.access.passwordHint(PASSWORD_LENGTH_MIN)}
        autoComplete="new-password"
        maxLength={256}
        visibilityToggleButtonProps={{ "aria-label": texts.access.showPassword }}
        error={fields.password !== "" && !account.isLong && texts.access.passwordShort}
        value={fields.password}
        onChange={(event) => set({ password: event.currentTarget.value })}
      />
      <PasswordInput
        label={texts.access.again}
        autoComplete="new-password"
        maxLength={256}
        visibilityToggleButtonProps={{ "aria-label": texts.access.showPassword }}
        error={fields.again !== "" && fields.again !== fields.password && texts.access.notSame}
        value={fields.again}
        onChange={(event) => set({ again: event.currentTarget.value })}
      />
    </>
  );
}
