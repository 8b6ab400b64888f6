// SPDX-License-Identifier: MIT
import { CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { type ReactNode, useRef } from "react";
import { texts } from "../texts/texts.ts";
import { useIsNarrow } from "../ui/use-is-narrow.ts";
import classes from "./page.module.css";

/** The row of controls above a table. */
export function Toolbar({ children, rowCount }: { children: ReactNode; rowCount: string }) {
  return (
    <div className={classes["toolbar"]} role="search">
      {children}
      <span className={classes["rowCount"]} role="status">
        {rowCount}
      </span>
    </div>
  );
}

/** The search field; "/" goes there. */
export function SearchField(props: { label: string; hint: string; value: string; onChange: (value: string) => void }) {
  const { value, onChange } = props;
  const input = useRef<HTMLInputElement>(null);
  useHotkeys([["/", () => input.current?.focus()]]);
  return (
    <TextInput
      ref={input}
      className={classes["search"] ?? ""}
      size="sm"
      type="search"
      aria-label={props.label}
      placeholder={props.hint}
      maxLength={200}
      value={value}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        value !== "" && <CloseButton size="sm" aria-label={texts.clearSearch} onClick={() => onChange("")} />
      }
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** One filter as the platform's own select: quick on a phone, complete with a keyboard. */
export function FilterSelect<Value extends string>(props: {
  label: string;
  all: string;
  value: Value | undefined;
  choices: readonly { readonly value: Value; readonly label: string }[];
  onChange: (value: Value | undefined) => void;
}) {
  const isNarrow = useIsNarrow();
  return (
    <NativeSelect
      className={classes["filter"] ?? ""}
      size={isNarrow ? "xs" : "sm"}
      aria-label={props.label}
      value={props.value ?? ""}
      data={[{ value: "", label: `${props.label}: ${props.all.toLowerCase()}` }, ...props.choices]}
      onChange={(event) => {
        const { value } = event.currentTarget;
        props.onChange(props.choices.find((choice) => choice.value === value)?.value);
      }}
    />
  );
}
