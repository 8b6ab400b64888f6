// SPDX-License-Identifier: MIT
import { CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { type ReactNode, useRef, useState } from "react";
import { texts } from "../texts.ts";
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

/** The search field; "/" goes there. What is typed shows at once, the table follows. */
export function SearchField(props: {
  label: string;
  hint: string;
  value: string;
  onChange: (value: string | undefined) => void;
}) {
  const { value, onChange } = props;
  const input = useRef<HTMLInputElement>(null);
  // While somebody types, the address lags behind the field; afterwards the address is right.
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? value;
  useHotkeys([["/", () => input.current?.focus()]]);
  const change = (next: string): void => {
    if (document.activeElement === input.current) setTyped(next);
    onChange(next === "" ? undefined : next);
  };
  return (
    <TextInput
      ref={input}
      className={classes["search"] ?? ""}
      size="sm"
      type="search"
      aria-label={props.label}
      placeholder={props.hint}
      maxLength={200}
      value={shown}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={shown !== "" && <CloseButton size="sm" aria-label={texts.clearSearch} onClick={() => change("")} />}
      onFocus={() => setTyped(value)}
      onBlur={() => setTyped(null)}
      onChange={(event) => change(event.currentTarget.value)}
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
