// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";

const FAKE_SERVER = join(import.meta.dirname, "../../packages/mauthclient/dev/fake-server/main.ts");
const PLAIN: Record<string, readonly [file: string, type: string]> = {
  "/": ["plain.html", "text/html; charset=utf-8"],
  "/plain.js": ["plain.js", "text/javascript"],
};

/** The console with a crowd behind it, and the plain page that shows the same, each with a server of its own. */
export class Servers {
  readonly #fake: ChildProcess;
  readonly #plain: Server;
  readonly #ports: { readonly fake: number; readonly plain: number };

  private constructor(fake: ChildProcess, plain: Server, ports: { fake: number; plain: number }) {
    this.#fake = fake;
    this.#plain = plain;
    this.#ports = ports;
  }

  /** Starts both; `sessions` are announced in the scene. */
  static async start(scene: string, sessions: number): Promise<Servers> {
    // A process of its own, as mauthserver is one: what it does is not the browser's time.
    const args = [FAKE_SERVER, "--port", "0", "--scene", scene, "--sessions", String(sessions)];
    const fake = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(createInterface(fake.stdout), "line")) as [string];
    const plain = createServer((request, response) => {
      const [file, type] = PLAIN[request.url?.split("?", 1)[0] ?? ""] ?? [];
      if (file === undefined) return response.writeHead(404).end();
      return response.writeHead(200, { "Content-Type": type }).end(readFileSync(join(import.meta.dirname, file)));
    });
    plain.listen(0, "127.0.0.1");
    await once(plain, "listening");
    const address = plain.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return new Servers(fake, plain, { fake: Number(line.split(":").at(-1)), plain: port });
  }

  /** The address of a page of the console. */
  console(path: string): string {
    return `http://127.0.0.1:${this.#ports.fake}${path}`;
  }

  /** The address of the plain list of an entity. */
  plain(entity: string): string {
    return `http://127.0.0.1:${this.#ports.plain}/?entity=${entity}&port=${this.#ports.fake}`;
  }

  async close(): Promise<void> {
    this.#plain.closeAllConnections();
    this.#plain.close();
    const ended = once(this.#fake, "exit");
    this.#fake.kill("SIGTERM");
    await ended;
  }
}
