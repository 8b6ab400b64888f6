// SPDX-License-Identifier: MIT
import { PasswordInput, Text } from "@mantine/core";
import "@mantine/core/styles/PasswordInput.css";
import { useState } from "react";
import { useGate } from "../state/context.tsx";
import { texts } from "../texts/texts.ts";
import { DialogFrame } from "./dialog-frame.tsx";

/** Takes the password again; what waits for it goes on, or is refused when this is closed. */
export function ConfirmationDialog() {
  const gate = useGate();
  const [password, setPassword] = useState("");
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isAsking, setIsAsking] = useState(false);
  const submit = async (): Promise<void> => {
    setIsAsking(true);
    const reply = await gate.confirm(password);
    setIsAsking(false);
    if (reply.outcome === "ok") return;
    setTrouble(reply.outcome === "refused" ? reply.sentence : texts.access.noAnswer);
  };
  return (
    <DialogFrame
      title={texts.access.confirm}
      isOpen
      onClose={() => gate.confirmation.settle(false)}
      isReady={password !== ""}
      submit={{ label: texts.access.confirmSubmit, onSubmit: submit }}
      progress={isAsking ? { done: 0, all: 1 } : null}
    >
      <Text size="sm">{texts.access.confirmLead}</Text>
      <PasswordInput
        label={texts.access.password}
        name="password"
        autoComplete="current-password"
        maxLength={256}
        data-autofocus
        visibilityToggleButtonProps={{ "aria-label": texts.access.showPassword }}
        value={password}
        error={trouble}
        onChange={(event) => {
          setPassword(event.currentTarget.value);
          setTrouble(null);
        }}
      />
    </DialogFrame>
  );
}
