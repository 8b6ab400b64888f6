// SPDX-License-Identifier: MIT
import { METHODS } from "node:http";
import type { RequestHandler } from "express";

/** Counts requests by method and status class, which are few whatever is asked. */
export class RequestMeter {
  readonly #counts = new Map<string, number>();

  readonly count: RequestHandler = (request, response, next) => {
    response.once("finish", () => {
      const method = METHODS.includes(request.method) ? request.method : "other";
      const row = `${method} ${Math.floor(response.statusCode / 100)}xx`;
      this.#counts.set(row, (this.#counts.get(row) ?? 0) + 1);
    });
    next();
  };

  /** Labels and count of each. */
  *rows(): Generator<readonly [{ method: string; status: string }, number]> {
    for (const [row, count] of this.#counts) {
      const [method = "", status = ""] = row.split(" ");
      yield [{ method, status }, count];
    }
  }
}
