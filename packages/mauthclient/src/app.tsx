// SPDX-License-Identifier: MIT
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { RouterProvider } from "@tanstack/react-router";
import type { ConsoleRouter } from "./router.tsx";
import { Gatekeeper } from "./components/gatekeeper.tsx";
import { LiveProvider, type World } from "./state/context.tsx";
import { styleNonce } from "./state/content-security.ts";
import { cssVariablesResolver, theme } from "./ui/theme.ts";

// The same key as in public/color-scheme.js.
const colorSchemeManager = localStorageColorSchemeManager({ key: "mauth-color-scheme" });

/** The whole console around one connection and one login. */
export function App({ router, ...world }: World & { router: ConsoleRouter }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      colorSchemeManager={colorSchemeManager}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <LiveProvider {...world}>
        <Gatekeeper>
          <RouterProvider router={router} />
        </Gatekeeper>
      </LiveProvider>
    </MantineProvider>
  );
}
