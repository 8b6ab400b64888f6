// SPDX-License-Identifier: MIT
import { Button } from "@mantine/core";
import type { Role } from "@mauth/protocol/api";
import { useHindrance } from "../state/context.tsx";

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

/** A button in a row of a table; nothing can be decided while disconnected, or without the role for it. */
export function RowButton({ label, variant, title, name, needs = "approver", onClick }: RowButtonProps) {
  const hindrance = useHindrance(needs);
  return (
    <Button
      size="compact-xs"
      h={26}
      px={9}
      variant={variant}
      disabled={hindrance !== undefined}
      title={hindrance ?? title}
      {...(name === undefined ? {} : { "aria-label": name })}
      onClick={onClick}
    >
      {label}
    </Button>
  );
}
