// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/google-chrome"];

export default defineConfig({
  testDir: "e2e/tests",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results",
  // Each file owns a lab; one at a time.
  workers: 1,
  fullyParallel: false,
  // A busy machine draws slowly; nothing waits longer than it must.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  use: {
    actionTimeout: 30_000,
    viewport: { width: 1280, height: 800 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: CHROMIUM.find((path) => existsSync(path)) ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox", // The tests run as root.
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
