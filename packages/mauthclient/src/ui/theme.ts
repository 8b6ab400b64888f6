// SPDX-License-Identifier: MIT
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const petrol: MantineColorsTuple = [
  "#eef8f9",
  "#dceef0",
  "#b4dce0",
  "#89c9cf",
  "#66b9c1",
  "#4fafb8",
  "#3f9da6",
  "#2a7f88",
  "#1d6870",
  "#0f4f56",
];

const dark: MantineColorsTuple = [
  "#dde2e7",
  "#bcc4cc",
  "#98a1aa",
  "#6b747d",
  "#3c444c",
  "#2b3138",
  "#20252a",
  "#1b1f24",
  "#15181c",
  "#0f1215",
];

const TITLE = { title: { fontWeight: 650, fontSize: "var(--mantine-font-size-lg)", minWidth: 0 } };

// The <header> of a dialog is no landmark of the page; two of them would be two banners.
const NO_LANDMARK = { attributes: { header: { role: "presentation" } } };

/** Colours are chosen so that text on them reaches WCAG AA (4.5:1) in both schemes; axe checks every page. */
export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: { light: 8, dark: 7 },
  autoContrast: true,
  luminanceThreshold: 0.28,
  colors: { petrol, dark },
  defaultRadius: "md",
  // Plain objects, so that the components themselves stay in the chunks that use them.
  components: {
    Drawer: { styles: TITLE, defaultProps: NO_LANDMARK },
    Notification: { styles: { description: { color: "var(--mantine-color-dimmed)" } } },
    Modal: { styles: TITLE, defaultProps: NO_LANDMARK },
  },
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, monospace",
  headings: { fontWeight: "650" },
});

const HUES = ["petrol", "gray", "red", "orange", "yellow", "green", "blue"] as const;

/** Mantine's light badges and dimmed text miss AA; these are the nearest shades that reach it. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#5a636d",
    "--mantine-color-placeholder": "#6a737d",
    "--mantine-color-error": "#c02626",
    ...Object.fromEntries(HUES.map((hue) => [`--mantine-color-${hue}-light-color`, `var(--mantine-color-${hue}-9)`])),
    "--mantine-color-red-filled": "#c02626",
    "--mantine-color-red-filled-hover": "#a51e1e",
    "--mantine-color-orange-light-color": "#93370d",
    "--mantine-color-yellow-light-color": "#7a4a05",
    "--mantine-color-green-light-color": "#176b2c",
  },
  dark: {
    "--mantine-color-body": "#1b1f24",
    "--mantine-color-dimmed": "#a3abb4",
    "--mantine-color-placeholder": "#98a1aa",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-red-filled": "#c92a2a",
    "--mantine-color-red-filled-hover": "#b42323",
    ...Object.fromEntries(HUES.map((hue) => [`--mantine-color-${hue}-light-color`, `var(--mantine-color-${hue}-2)`])),
  },
});
