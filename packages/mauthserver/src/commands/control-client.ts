// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { Problem } from "@mauth/protocol/api";
import { StartError } from "../errors.ts";

/** Speaks to a running server through its control socket. */
export class ControlClient {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Tells whether a server listens. */
  async isServed(): Promise<boolean> {
    try {
      await this.ask("GET", "/first-run");
      return true;
    } catch (error) {
      if (error instanceof StartError && error.cause !== undefined) return false;
      throw error;
    }
  }

  /** Makes a request of the API; StartError with the server's sentence when it refuses. */
  async ask(method: string, target: string, body?: unknown): Promise<unknown> {
    const json = body === undefined ? undefined : JSON.stringify(body);
    const headers = json === undefined ? {} : { "Content-Type": "application/json" };
    const sent = request({ socketPath: this.#socketPath, method, path: `/api/v1${target}`, headers });
    sent.end(json);
    let response: IncomingMessage;
    try {
      [response] = (await once(sent, "response")) as [IncomingMessage];
    } catch (error) {
      throw new StartError(`no mauthserver answers on ${this.#socketPath}`, { cause: error });
    }
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += String(chunk);
    const answer: unknown = text === "" ? undefined : JSON.parse(text);
    if ((response.statusCode ?? 500) < 400) return answer;
    throw new StartError(sentenceOf(answer));
  }
}

function sentenceOf(answer: unknown): string {
  const problem = Problem.safeParse(answer);
  if (!problem.success) return "the server refused without a reason";
  const { title, errors = [] } = problem.data;
  return [title, ...errors.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`)].join(": ");
}
