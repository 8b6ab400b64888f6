// SPDX-License-Identifier: MIT
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { RouterProvider } from "@tanstack/react-router";
import type { ConsoleRouter } from "./router.tsx";
import type { Clock } from "./state/clock.ts";
import { LiveProvider } from "./state/context.tsx";
import type { Live } from "./state/live.ts";
import { cssVariablesResolver, theme } from "./ui/theme.ts";

// The same key as in public/color-scheme.js.
const colorSchemeManager = localStorageColorSchemeManager({ key: "mauth-color-scheme" });

/** The whole console around one connection. */
export function App({ live, clock, router }: { live: Live; clock: Clock; router: ConsoleRouter }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      colorSchemeManager={colorSchemeManager}
      defaultColorScheme="auto"
    >
      <LiveProvider live={live} clock={clock}>
        <RouterProvider router={router} />
      </LiveProvider>
    </MantineProvider>
  );
}
