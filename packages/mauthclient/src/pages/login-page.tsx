// SPDX-License-Identifier: MIT
import { PasswordInput, TextInput } from "@mantine/core";
import "@mantine/core/styles/PasswordInput.css";
import { useState } from "react";
import { WayIn } from "../components/way-in.tsx";
import { useGate, useLive } from "../state/context.tsx";
import { texts } from "../texts/texts.ts";

/** Name and password. */
export function LoginPage() {
  const gate = useGate();
  const live = useLive();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const login = async () => {
    const reply = await gate.login(name.trim(), password);
    if (reply.outcome === "ok") live.start();
    return reply;
  };
  return (
    <WayIn
      title={texts.access.login}
      submit={texts.access.login}
      isReady={name.trim() !== "" && password !== ""}
      onSubmit={login}
    >
      <TextInput
        label={texts.access.name}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        maxLength={32}
        autoFocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PasswordInput
        label={texts.access.password}
        name="password"
        autoComplete="current-password"
        maxLength={256}
        visibilityToggleButtonProps={{ "aria-label": texts.access.showPassword }}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
    </WayIn>
  );
}
