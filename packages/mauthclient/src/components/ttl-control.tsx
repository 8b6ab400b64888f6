// SPDX-License-Identifier: MIT
import { Button, Group, NumberInput } from "@mantine/core";
import { TTL_SCOPES } from "@mauth/protocol/api";
import { texts } from "../texts/texts.ts";

/** A maximum TTL while it is being typed; null is "nothing usable". */
export type Ttl = number | null;

export function isMaxTtl(ttl: Ttl): ttl is number {
  return ttl !== null && Number.isInteger(ttl) && ttl >= 1 && ttl <= 255;
}

/** The number itself. */
export function TtlInput({ label, value, onChange }: { label: string; value: Ttl; onChange: (ttl: Ttl) => void }) {
  return (
    <NumberInput
      aria-label={label}
      size="xs"
      w={84}
      min={1}
      max={255}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="none"
      value={value ?? ""}
      error={!isMaxTtl(value)}
      onChange={(next) => onChange(typeof next === "number" ? next : null)}
    />
  );
}

/** The customary scopes as one-click values; "host" is shown, but a TTL of 0 cannot be permitted. */
export function ScopePicker({ label, value, onPick }: { label: string; value: Ttl; onPick: (ttl: number) => void }) {
  return (
    <Group gap={4} role="group" aria-label={label}>
      {TTL_SCOPES.map((scope) => (
        <Button
          key={scope.name}
          size="compact-xs"
          variant={value === scope.ttl ? "filled" : "default"}
          aria-pressed={value === scope.ttl}
          disabled={scope.ttl === 0}
          title={scope.ttl === 0 ? texts.ttl.host : undefined}
          onClick={() => onPick(scope.ttl)}
        >
          {texts.ttl.scopeOf(scope.ttl, scope.name)}
        </Button>
      ))}
    </Group>
  );
}
