// SPDX-License-Identifier: MIT
import { closeSync, constants, fchmodSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import type { ErrorCode } from "@mauth/protocol/error-code";
import type { Mode } from "@mauth/protocol/v2";
import type { Config } from "../config.ts";
import { asErrorCode } from "../errors.ts";
import type { Filter } from "../filter/filter.ts";
import { configuredMode, formatModes, modesPath, parseModes, SET_MODES_MAX } from "../modes.ts";
import type { SetModes } from "../modes.ts";

/**
 * Switches interfaces between enforce and monitor, and remembers it in a file that stays open: the directory may be out of
 * reach later. The loader, which looks after the interfaces, reads the same file, so that both want the same.
 */
export class Modes {
  readonly #config: Config;
  readonly #filter: Filter;
  readonly #fd: number;
  #modes: SetModes;

  constructor(config: Config, filter: Filter) {
    this.#config = config;
    this.#filter = filter;
    this.#fd = openSync(modesPath(config), constants.O_CREAT | constants.O_RDWR, 0o644);
    // Whatever the umask: the loader reads it, and under systemd may read nothing that is only another user's.
    fchmodSync(this.#fd, 0o644);
    this.#modes = parseModes(readFileSync(this.#fd, "utf8"));
  }

  /** The mode where no interface says another one. */
  get usual(): Mode {
    return this.#config.mode;
  }

  /** Sets the mode of an internal interface; what is as configured need not be remembered. */
  set(name: string, mode: Mode): ErrorCode | undefined {
    if (!this.#filter.interfaces().some((one) => one.name === name)) return "no-interface";
    const modes = new Map(this.#modes);
    if (mode === configuredMode(this.#config, name)) modes.delete(name);
    else modes.set(name, mode);
    if (modes.size > SET_MODES_MAX) return "full";
    const before = this.#modes;
    // First, so that a loader that looks now does not put the old mode back.
    const error = asErrorCode(() => this.#remember(modes)) ?? asErrorCode(() => this.#enter(name, mode));
    if (error !== undefined) asErrorCode(() => this.#remember(before));
    return error;
  }

  /** Enters the remembered modes again where a loader that had looked a moment before undid one; to be called about once a second. */
  uphold(): void {
    for (const { name, isMonitored } of this.#filter.interfaces()) {
      const mode = this.#modes.get(name);
      if (mode !== undefined && isMonitored !== (mode === "monitor")) this.#enter(name, mode);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #enter(name: string, mode: Mode): void {
    const isMonitored = mode === "monitor";
    const interfaces = this.#filter.interfaces();
    this.#filter.setInterfaces(interfaces.map((one) => (one.name === name ? { ...one, isMonitored } : one)));
  }

  #remember(modes: SetModes): void {
    const text = formatModes(modes);
    writeSync(this.#fd, text, 0);
    ftruncateSync(this.#fd, text.length);
    this.#modes = modes;
  }
}
