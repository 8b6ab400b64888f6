// SPDX-License-Identifier: MIT
import { closeSync, openSync, readSync, writeSync } from "node:fs";

/** What became of a frame at the hook: whether the filter let it through, and with which mark. */
export interface Probed {
  readonly isPassed: boolean;
  readonly mark: number;
}

/** Lets interfaces receive frames (lkm/test/probe.c). Close it before they go. */
export class Probe {
  readonly #fd = openSync("/proc/msender_probe", "r+");

  send(ifindex: number, frame: Uint8Array): Probed {
    const request = new Uint8Array(4 + frame.length);
    new DataView(request.buffer).setUint32(0, ifindex, true);
    request.set(frame, 4);
    writeSync(this.#fd, request);
    const answer = new Uint8Array(8);
    readSync(this.#fd, answer);
    const view = new DataView(answer.buffer);
    return { isPassed: view.getUint32(0, true) === 1, mark: view.getUint32(4, true) };
  }

  close(): void {
    closeSync(this.#fd);
  }
}
