// SPDX-License-Identifier: MIT
import type { AnyCommand } from "@mauth/protocol/api";
import { notifications } from "@mantine/notifications";
import { createMemoryHistory } from "@tanstack/react-router";
import { act, cleanup, configure, render } from "@testing-library/react";
import { App } from "../src/app.tsx";
import { createConsoleRouter } from "../src/router.tsx";
import { Gate } from "../src/state/access.ts";
import { FLUSH_INTERVAL_MS, Live } from "../src/state/live.ts";
import { vi } from "vitest";
import { FakeClock } from "./fake-clock.ts";
import { FakeRest } from "./fake-rest.ts";
import { FakeServerEnd } from "./fake-socket.ts";
import { NOW_MS, snapshotEnd } from "./samples.ts";

// A busy machine draws slowly.
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 60_000 });

/** What jsdom lacks of a browser: a size for the virtual list, and media queries that say "wide, light, no motion". */
function completeJsdom(): void {
  Object.defineProperty(window, "matchMedia", {
    configurable: true,
    value: (query: string) => ({
      matches: query.includes("min-width") || query.includes("reduced-motion"),
      media: query,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
      addListener: () => undefined,
      removeListener: () => undefined,
    }),
  });
  window.scrollTo = () => undefined;
  Object.defineProperty(Element.prototype, "scrollTo", { configurable: true, value: () => undefined });
  // Plots are drawn into the void; what they show is in their names.
  const pen = new Proxy({}, { get: () => () => ({ width: 0 }), set: () => true });
  Object.defineProperty(HTMLCanvasElement.prototype, "getContext", { configurable: true, value: () => pen });
  globalThis.Path2D ??= class {
    moveTo(): void {}
    lineTo(): void {}
    rect(): void {}
  } as unknown as typeof Path2D;
  globalThis.ResizeObserver ??= class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  };
  for (const side of ["clientHeight", "clientWidth"]) {
    Object.defineProperty(HTMLElement.prototype, side, { configurable: true, get: () => 1000 });
  }
}

/** The whole console in jsdom, with the server's end of its connection and its clock in the test's hands. */
export class Page {
  readonly clock = new FakeClock();
  readonly server = new FakeServerEnd();
  readonly live = new Live(this.clock, this.server.open);
  readonly rest: FakeRest;
  readonly gate: Gate;

  constructor(rest: FakeRest) {
    this.rest = rest;
    this.gate = new Gate(rest.fetch);
  }

  static async open(path: string, rest = new FakeRest()): Promise<Page> {
    completeJsdom();
    cleanup();
    // Toasts live in a store of their own, beyond the tree that was taken down.
    notifications.clean();
    const page = new Page(rest);
    page.clock.nowMs = NOW_MS;
    const router = createConsoleRouter(createMemoryHistory({ initialEntries: [path] }));
    await act(async () => {
      await page.gate.check();
      page.live.start();
      render(<App live={page.live} gate={page.gate} clock={page.clock} router={router} />);
      await router.load();
    });
    return page;
  }

  /** Opens the connection and sends a snapshot. */
  async connect(...commands: readonly AnyCommand[]): Promise<void> {
    await act(async () => {
      this.server.line.accept();
      this.server.line.push(...commands, snapshotEnd);
    });
  }

  /** Opens the connection and sends parts of a snapshot. */
  async begin(...batches: readonly (readonly AnyCommand[])[]): Promise<void> {
    await act(async () => {
      this.server.line.accept();
      for (const batch of batches) this.server.line.batch(batch);
      this.clock.advance(FLUSH_INTERVAL_MS);
    });
  }

  async push(...commands: readonly AnyCommand[]): Promise<void> {
    await act(async () => {
      this.server.line.push(...commands);
      this.clock.advance(1000);
    });
  }

  async lose(): Promise<void> {
    await act(async () => this.server.line.close());
  }

  async advance(durationMs: number): Promise<void> {
    await act(async () => this.clock.advance(durationMs));
  }

  /** Answers the outstanding request. */
  async answer(type: "ack" | "error"): Promise<void> {
    await act(async () => {
      const request = this.server.line.received.at(-1);
      this.server.line.answer(type === "ack" ? 0 : 1, request?.[0] ?? 0);
    });
  }

  /** The requests that the console sent, in hex without their sequence numbers. */
  get requests(): string[] {
    return this.server.line.received.map((bytes) => Buffer.from(bytes.slice(1)).toString("hex"));
  }
}
