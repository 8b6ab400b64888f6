// SPDX-License-Identifier: MIT
import { Group, NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { InterfaceName, Mac } from "@mauth/protocol/api";
import { useState } from "react";
import type { Ending, Limits } from "../state/limits.ts";
import { texts } from "../texts/texts.ts";
import { formatInstant } from "../ui/format.ts";
import classes from "./dialogs.module.css";

interface LimitFieldsProps {
  readonly limits: Limits;
  readonly onChange: (limits: Limits) => void;
  /** Whether the senders belong to one announced session. */
  readonly hasSession: boolean;
  /** An approver may not permit for ever. */
  readonly mustEnd: boolean;
  readonly isBindable?: boolean;
}

/** Whether what was typed can be sent. */
export function areLimitsValid({ kbps, interfaceName, mac }: Limits): boolean {
  const isRate = kbps === null || (kbps >= 1 && kbps <= 34_000_000);
  const isInterface = interfaceName.trim() === "" || InterfaceName.safeParse(interfaceName.trim()).success;
  return isRate && isInterface && (mac.trim() === "" || Mac.safeParse(mac.trim().toLowerCase()).success);
}

/** How long, how much, from where and why; nothing of it is needed. */
export function LimitFields({ limits, onChange, hasSession, mustEnd, isBindable = true }: LimitFieldsProps) {
  const set = (part: Partial<Limits>): void => onChange({ ...limits, ...part });
  const hasMore = limits.kbps !== null || limits.interfaceName !== "" || limits.mac !== "";
  const [isMore, setIsMore] = useState(hasMore);
  const isMac = limits.mac.trim() === "" || Mac.safeParse(limits.mac.trim().toLowerCase()).success;
  return (
    <>
      <Group gap="sm" align="flex-start" grow>
        <NativeSelect
          label={texts.limits.until}
          value={limits.ending}
          data={endings(limits, { hasSession, mustEnd })}
          onChange={(event) => set({ ending: endingOf(event.currentTarget.value) })}
        />
        <TextInput
          label={texts.limits.reason}
          placeholder={texts.limits.reasonHint}
          maxLength={500}
          value={limits.reason}
          onChange={(event) => set({ reason: event.currentTarget.value })}
        />
      </Group>
      <details className={classes["more"]} open={isMore} onToggle={(event) => setIsMore(event.currentTarget.open)}>
        <summary>{texts.limits.more}</summary>
        <Group gap="sm" align="flex-start" grow mt={6}>
          <NumberInput
            label={texts.limits.rate}
            placeholder={texts.limits.unlimited}
            min={1}
            allowDecimal={false}
            allowNegative={false}
            clampBehavior="none"
            hideControls
            suffix=" kbit/s"
            thousandSeparator=","
            value={limits.kbps ?? ""}
            onChange={(value) => set({ kbps: typeof value === "number" ? value : null })}
          />
          {isBindable && (
            <TextInput
              label={texts.limits.interfaceName}
              placeholder={texts.limits.anywhere}
              maxLength={15}
              value={limits.interfaceName}
              onChange={(event) => set({ interfaceName: event.currentTarget.value })}
            />
          )}
          {isBindable && (
            <TextInput
              label={texts.limits.mac}
              placeholder={texts.limits.anywhere}
              maxLength={17}
              value={limits.mac}
              error={!isMac && texts.limits.macInvalid}
              onChange={(event) => set({ mac: event.currentTarget.value })}
            />
          )}
        </Group>
      </details>
    </>
  );
}

const ENDINGS = ["open", "kept", "15min", "2h", "8h", "session"] as const;

function endings(
  limits: Limits,
  { hasSession, mustEnd }: { hasSession: boolean; mustEnd: boolean },
): { value: Ending; label: string }[] {
  const kept = limits.keptUntil === undefined ? undefined : formatInstant(limits.keptUntil);
  return ENDINGS.flatMap((value): { value: Ending; label: string }[] => {
    if ((value === "open" && mustEnd) || (value === "session" && !hasSession)) return [];
    if (value === "kept") return kept === undefined ? [] : [{ value, label: texts.limits.kept(kept) }];
    return [{ value, label: texts.limits.endings[value] }];
  });
}

function endingOf(value: string): Ending {
  return ENDINGS.find((one) => one === value) ?? "open";
}
