// SPDX-License-Identifier: MIT
import { NativeSelect } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconSearch, IconX } from "@tabler/icons-react";
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

/** The search field; "/" goes there. Plain, because it is drawn again for each key: a field of the library takes 3 ms. */
export function SearchField(props: { label: string; hint: string; value: string; onChange: (value: string) => void }) {
  const { value, onChange } = props;
  const input = useRef<HTMLInputElement>(null);
  useHotkeys([["/", () => input.current?.focus()]]);
  return (
    <div className={classes["search"]}>
      <IconSearch className={classes["searchIcon"]} size={16} aria-hidden />
      <input
        ref={input}
        className={classes["searchInput"]}
        type="search"
        aria-label={props.label}
        placeholder={props.hint}
        maxLength={200}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {value !== "" && (
        <button
          type="button"
          className={classes["searchClear"]}
          aria-label={texts.clearSearch}
          onClick={() => onChange("")}
        >
          <IconX size={16} aria-hidden />
        </button>
      )}
    </div>
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
