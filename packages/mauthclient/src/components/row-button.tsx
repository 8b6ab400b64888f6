// SPDX-License-Identifier: MIT
import type { Role } from "@mauth/protocol/api";
import { useHindrance } from "../state/context.tsx";
import classes from "./row-button.module.css";

interface RowButtonProps {
  readonly label: string;
  readonly variant: "default" | "light";
  readonly title?: string;
  /** For screen readers, where the label alone says too little. */
  readonly name?: string;
  /** The least role that may; approver unless told otherwise. */
  readonly needs?: Role;
  readonly onClick: () => void;
}

/** A button in a row of a table, plain because dozens of them are made for each key of a search; nothing can be decided while disconnected, or without the role for it. */
export function RowButton({ label, variant, title, name, needs = "approver", onClick }: RowButtonProps) {
  const hindrance = useHindrance(needs);
  return (
    <button
      type="button"
      className={classes["button"]}
      data-variant={variant}
      disabled={hindrance !== undefined}
      title={hindrance ?? title}
      aria-label={name}
      onClick={onClick}
    >
      {label}
    </button>
  );
}
