// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "./config.ts";
import { messageOf } from "./errors.ts";
import type { FilterLostError } from "./errors.ts";
import { assertLoadable, startLoader } from "./loader/loader.ts";
import type { Loader } from "./loader/loader.ts";
import type { Log } from "./log.ts";
import { readMaterial, toMessage } from "./server/material.ts";
import type { MaterialMessage } from "./server/material.ts";
import type { ToServer } from "./server/part.ts";

const RESPAWN_MS_MIN = 100;
const RESPAWN_MS_MAX = 5000;

/**
 * Runs musersd whole: this process loads and attaches and talks to nobody; a child without privilege talks to the network.
 * The child binds the port before the filter is touched, so that a second musersd changes nothing.
 */
export class Supervisor {
  readonly #config: Config;
  readonly #configPath: string;
  readonly #log: Log;
  #material: MaterialMessage;
  #child: ChildProcess | undefined;
  #loader: Loader | undefined;
  #isStopping = false;
  #lost: FilterLostError | undefined;

  /** @throws ConfigError, StartError before anything is touched. */
  constructor(config: Config, configPath: string, log: Log) {
    assertLoadable(config);
    this.#config = config;
    this.#configPath = configPath;
    this.#log = log;
    this.#material = toMessage(readMaterial(config));
  }

  /**
   * Runs until it is stopped; a child that ends is started again.
   * @returns The exit code: that of the child when it could not start, and has said why.
   * @throws StartError when the filter cannot be loaded, or the kernel has lost it.
   */
  async run(): Promise<number> {
    for (let pauseMs = RESPAWN_MS_MIN; ; pauseMs = Math.min(RESPAWN_MS_MAX, pauseMs * 2)) {
      const code = await this.#runChild();
      this.#loader?.look();
      if (this.#lost !== undefined) throw this.#lost;
      if (this.#isStopping) return 0;
      if (this.#loader === undefined) return code ?? 1;
      this.#log.error({ code, pauseMs }, "the serving part ended and is started again; the kernel goes on enforcing");
      await sleep(pauseMs);
    }
  }

  /** Re-reads keys and static senders; bad files change nothing. */
  reload(): void {
    try {
      this.#material = toMessage(readMaterial(this.#config));
      this.#tell("reload");
    } catch (error) {
      this.#log.error(messageOf(error));
    }
  }

  /** Ends `run`; the kernel goes on enforcing. */
  stop(): void {
    this.#isStopping = true;
    this.#loader?.stop();
    this.#child?.kill("SIGTERM");
  }

  /** Runs one child to its end and returns its exit code, null when a signal ended it. */
  async #runChild(): Promise<number | null> {
    const args = [process.argv[1] ?? "", "--config", this.#configPath, "--part", "server"];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      serialization: "advanced",
    });
    this.#child = child;
    const ended = once(child, "exit") as Promise<[number | null]>;
    const isBound = await Promise.race([ended.then(() => false), once(child, "message").then(() => true)]);
    if (isBound) this.#serve(child);
    const [code] = await ended;
    return code;
  }

  #serve(child: ChildProcess): void {
    try {
      this.#loader ??= startLoader(this.#config, this.#log, (error) => {
        this.#lost = error;
        this.#child?.kill("SIGTERM");
      });
      this.#tell("serve");
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  #tell(type: ToServer["type"]): void {
    this.#child?.send({ type, material: this.#material } satisfies ToServer);
  }
}
