// SPDX-License-Identifier: MIT
import { Text } from "@mantine/core";
import { useData, useHindrance, useNow } from "../state/context.tsx";
import { rateAt } from "../state/meter.ts";
import { texts } from "../texts/texts.ts";
import { formatPacketRate } from "../ui/format.ts";
import { Pair } from "../ui/pair.tsx";
import { DialogFrame, DialogRows } from "./dialog-frame.tsx";
import type { DialogProps } from "./dialog.tsx";
import classes from "./dialogs.module.css";
import { useChange } from "./use-change.ts";
import { useSeen } from "./use-seen.ts";

/** Flows that are listed; of more the number is told. */
const ROWS_MAX = 50;

/** Says which live flows an interface's other mode would cut or let through, before it happens. */
export function ModeDialog({ request, isOpen, onClose }: DialogProps<"mode">) {
  const { mrouter, interfaceName, mode } = request;
  const denied = useData((data) => data.denied);
  const meters = useData((data) => data.meters);
  const nowMs = useNow();
  const hindrance = useHindrance("operator");
  const { run, progress } = useChange();
  const live = [...denied.values()].flatMap((one) => {
    if (one.mrouter !== mrouter || one.interface !== interfaceName) return [];
    const rate = rateAt(meters.get(one.id), nowMs);
    return rate === null || rate.packetsPerSecond > 0 ? [{ one, rate }] : [];
  });
  const name = `${mrouter} ${interfaceName}`;
  const path = `/mrouters/${encodeURIComponent(mrouter)}/interfaces/${encodeURIComponent(interfaceName)}`;
  const seen = useSeen(path);
  const submit = async (): Promise<void> => {
    const done = texts.modeDialog.done[mode](name);
    const reply = await run({ method: "PUT", path, body: { mode }, what: name, done, ifMatch: await seen.ifMatch() });
    if (!seen.isOutdated(reply) && reply.outcome === "ok") onClose();
  };
  return (
    <DialogFrame
      title={texts.modeDialog.title[mode](name)}
      isOpen={isOpen}
      onClose={onClose}
      hindrance={hindrance}
      submit={{
        label: texts.modeDialog.submit[mode],
        isDanger: mode === "enforce" && live.length > 0,
        onSubmit: submit,
      }}
      progress={progress}
      meanwhile={seen.meanwhile}
    >
      <Text size="sm">{texts.modeDialog.lead[mode]}</Text>
      <Text size="sm" fw={600} role="status">
        {texts.modeDialog.toll[mode](live.length)}
      </Text>
      {live.length > 0 && (
        <DialogRows>
          {live.slice(0, ROWS_MAX).map(({ one, rate }) => (
            <li key={one.id} className={classes["row"]}>
              <div className={classes["pair"]}>
                <Pair source={one.source} group={one.group} />
              </div>
              <Text size="xs">{rate === null ? "…" : formatPacketRate(rate.packetsPerSecond)}</Text>
            </li>
          ))}
          {live.length > ROWS_MAX && (
            <li className={classes["row"]}>{texts.revokeDialog.andMore(live.length - ROWS_MAX)}</li>
          )}
        </DialogRows>
      )}
    </DialogFrame>
  );
}
