import { defineConfig } from "vitest/config";

const root = ["packages/*/{src,test}/**/*.root.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/{src,test,dev}/**/*.test.{ts,tsx}", "scripts/**/*.test.ts"],
          exclude: root,
          // Half of their time is waiting, so that no core need be kept free; the default of two cores is one worker.
          maxWorkers: "100%",
          // None takes a second by itself; a machine that is busy with other work may.
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      // Needs root, BPF and network namespaces; one file at a time, because each owns kernel state.
      { test: { name: "root", include: root, fileParallelism: false, testTimeout: 30_000, hookTimeout: 60_000 } },
      {
        test: {
          name: "lab",
          include: ["e2e/tests/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      // Routing daemons take their time to find each other.
      {
        test: {
          name: "daemons",
          include: ["e2e/daemons/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
