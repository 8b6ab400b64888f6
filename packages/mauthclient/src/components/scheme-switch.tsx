// SPDX-License-Identifier: MIT
import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconMoon, IconSun } from "@tabler/icons-react";
import { texts } from "../texts/texts.ts";

/** Light or dark; until somebody chooses, the system's. */
export function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const next = scheme === "dark" ? "light" : "dark";
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={`${texts.scheme.label}: ${texts.scheme[next]}`}
      title={texts.scheme[next]}
      onClick={() => setColorScheme(next)}
    >
      {scheme === "dark" ? <IconSun size={17} aria-hidden /> : <IconMoon size={17} aria-hidden />}
    </ActionIcon>
  );
}
