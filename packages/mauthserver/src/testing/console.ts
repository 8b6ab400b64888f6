// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { AnyCommand } from "@mauth/protocol/api";
import { parseIpv4 } from "@mauth/protocol/ipv4";
import { encodeRequest } from "@mauth/protocol/v1";
import { WebSocket } from "ws";
import type { ClientOptions } from "ws";
import type { Entities, EntityName } from "../push/board.ts";
import { until } from "./until.ts";

/** A console for tests: keeps what it was pushed, each frame checked against the schema, and makes v1 calls. */
export class TestConsole {
  readonly socket: WebSocket;
  /** Every text frame, in order. */
  readonly commands: AnyCommand[] = [];
  /** Every binary frame as hex. */
  readonly responses: string[] = [];
  /** Entities as they are now, by "entity id". */
  readonly entities = new Map<string, unknown>();
  #sequence = 0;

  /** `isTrusting`: takes frames unchecked, because checking takes longer than everything else where there are many. */
  constructor(url: string, { isTrusting = false, ...options }: ClientOptions & { isTrusting?: boolean } = {}) {
    this.socket = new WebSocket(url, options);
    this.socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.responses.push(data.toString("hex"));
      else this.#take(JSON.parse(data.toString()), isTrusting);
    });
  }

  /** Connects and waits for the end of the snapshot, which takes its time where there is much. */
  static async open(
    url: string,
    options: ConstructorParameters<typeof TestConsole>[1] = {},
    deadlineMs?: number,
  ): Promise<TestConsole> {
    const opened = new TestConsole(url, options);
    await once(opened.socket, "open");
    await until(
      () => opened.commands.some((command) => command.entity === "snapshot"),
      "the snapshot has arrived",
      deadlineMs,
    );
    return opened;
  }

  get<Name extends EntityName>(entity: Name, id: string): Entities[Name] | undefined {
    return this.entities.get(`${entity} ${id}`) as Entities[Name] | undefined;
  }

  /** Makes a call and returns the response: "ack" or "error". */
  async call(command: number, source: string, group: string, maxTtl = 0): Promise<"ack" | "error"> {
    const sequence = this.#sequence++ & 0xff;
    const before = this.responses.length;
    this.socket.send(
      encodeRequest({ sequence, command, source: parseIpv4(source) ?? 0, group: parseIpv4(group) ?? 0, maxTtl }),
    );
    const wanted = Buffer.of(sequence).toString("hex");
    const response = () => this.responses.slice(before).find((hex) => hex.endsWith(wanted));
    await until(() => response() !== undefined, `the call ${wanted} is answered`);
    return response()?.startsWith("00") === true ? "ack" : "error";
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.close();
    await once(this.socket, "close");
  }

  #take(frame: unknown, isTrusting: boolean): void {
    const batch = Array.isArray(frame) ? frame : [frame];
    for (const one of batch) this.#apply(isTrusting ? (one as AnyCommand) : AnyCommand.parse(one));
  }

  #apply(command: AnyCommand): void {
    this.commands.push(command);
    if (command.entity === "snapshot" || command.entity === "resumed" || command.entity === "progress") return;
    const key = `${command.entity} ${command.value.id}`;
    if (command.type === "add") this.entities.set(key, command.value);
    else this.entities.delete(key);
  }
}
