// SPDX-License-Identifier: MIT
// Runs in a process of its own: many consoles that read everything, and say when all of them have got what they look for.
import { WebSocket } from "ws";

const [url = "", count = "0"] = process.argv.slice(2);

class Console {
  isLooking = false;

  /** Resolves when it has had its snapshot. */
  async open(): Promise<void> {
    const socket = new WebSocket(url, { origin: new URL(url).origin.replace("ws:", "http:") });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.on("message", (data: Buffer) => {
        if (data.includes('"entity":"snapshot"')) resolve();
        if (this.isLooking && data.includes(wanted)) this.#found();
      });
    });
  }

  #found(): void {
    this.isLooking = false;
    if (consoles.every(({ isLooking }) => !isLooking)) process.send?.("heard");
  }
}

let wanted = "";
const consoles = Array.from({ length: Number(count) }, () => new Console());
process.on("message", (text: string) => {
  wanted = text;
  for (const one of consoles) one.isLooking = true;
  process.send?.("looking");
});
process.on("disconnect", () => process.exit(0));
await Promise.all(consoles.map(async (one) => one.open()));
process.send?.("ready");
