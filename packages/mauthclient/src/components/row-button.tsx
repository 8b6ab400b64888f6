// SPDX-License-Identifier: MIT
import { Button } from "@mantine/core";
import { useIsLive } from "../state/context.tsx";
import { texts } from "../texts.ts";

interface RowButtonProps {
  readonly label: string;
  readonly variant: "default" | "light";
  readonly title?: string;
  readonly onClick: () => void;
}

/** A button in a row of a table; nothing can be decided while disconnected. */
export function RowButton({ label, variant, title, onClick }: RowButtonProps) {
  const isLive = useIsLive();
  return (
    <Button
      size="compact-xs"
      h={26}
      px={9}
      variant={variant}
      disabled={!isLive}
      title={isLive ? title : texts.connection.disabledHint}
      onClick={onClick}
    >
      {label}
    </Button>
  );
}
