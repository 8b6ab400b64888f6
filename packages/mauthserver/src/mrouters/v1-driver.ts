// SPDX-License-Identifier: MIT
import type { Driver, DriverContext } from "./driver.ts";
import { Pause } from "./pause.ts";
import { V1Plan } from "./v1-plan.ts";
import { V1Port } from "./v1-port.ts";

/** Drives an mrouter with the paper's requests alone. */
export class V1Driver implements Driver {
  readonly #context: DriverContext;
  readonly #plan: V1Plan;
  readonly #port: V1Port;
  readonly #pause = new Pause();
  #isStopping = false;
  #running: Promise<void> | undefined;

  constructor(context: DriverContext) {
    this.#context = context;
    this.#plan = new V1Plan(context.ledger, context.clock.monotonicMs());
    this.#port = new V1Port(context.endpoint, context.clock);
  }

  get counters(): Readonly<Record<string, number>> {
    return this.#port.counters;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  wake(): void {
    this.#pause.wake();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#pause.wake();
    this.#port.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#context;
    while (!this.#isStopping) {
      const step = this.#plan.next(clock.monotonicMs());
      if (step.type === "wait") {
        await this.#pause.wait(step.forMs);
        continue;
      }
      const outcome = await this.#port.call(step.call);
      if (outcome !== "unknown") this.#context.onHeard();
      this.#plan.settle(step, outcome, clock.monotonicMs());
    }
  }
}
