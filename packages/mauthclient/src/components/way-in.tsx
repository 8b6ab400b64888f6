// SPDX-License-Identifier: MIT
import { Button, Paper, Stack, Text, Title } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import type { Reply } from "../state/api.ts";
import { texts } from "../texts/texts.ts";
import { Logo } from "../ui/logo.tsx";
import { SchemeSwitch } from "./scheme-switch.tsx";
import classes from "./way-in.module.css";

interface WayInProps {
  readonly title: string;
  readonly lead?: string;
  readonly submit: string;
  readonly isReady: boolean;
  readonly onSubmit: () => Promise<Reply<unknown>>;
  readonly children: ReactNode;
}

/** The frame of the login and of the first run: one form in the middle of the page, and what went wrong with it. */
export function WayIn({ title, lead, submit, isReady, onSubmit, children }: WayInProps) {
  const [state, setState] = useState<{ isBusy: boolean; error: string | null }>({ isBusy: false, error: null });
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setState({ isBusy: true, error: null });
    const reply = await onSubmit();
    if (reply.outcome === "ok") return;
    setState({ isBusy: false, error: reply.outcome === "refused" ? reply.sentence : texts.access.noAnswer });
  };
  return (
    <main className={classes["page"]}>
      <title>{`${title} · ${texts.product}`}</title>
      <Paper className={classes["box"] ?? ""}>
        <div className={classes["brand"]}>
          <Logo />
          <span>{texts.product}</span>
          <SchemeSwitch />
        </div>
        <form onSubmit={(event) => void send(event)}>
          <Stack gap="sm">
            <Title order={1} size="h3">
              {title}
            </Title>
            {lead !== undefined && <Text size="sm">{lead}</Text>}
            {children}
            {state.error !== null && (
              <Text size="sm" c="var(--mantine-color-error)" role="alert">
                {state.error}
              </Text>
            )}
            <Button type="submit" fullWidth loading={state.isBusy} disabled={!isReady}>
              {submit}
            </Button>
          </Stack>
        </form>
      </Paper>
    </main>
  );
}
