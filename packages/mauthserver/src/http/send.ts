// SPDX-License-Identifier: MIT
import { Readable } from "node:stream";
import type { Response } from "express";
import type { Result } from "./problem.ts";
import type { Reply } from "./route.ts";

/** How long a client may take to read why it was refused, before its connection ends with what it still sends. */
const REFUSED_BODY_MS = 1000;

/** Writes an answer. */
export function send(response: Response, result: Result<Reply>): void {
  if (result.ok) return reply(response, result.value);
  const { problem } = result;
  if (problem.status === 401) response.set("WWW-Authenticate", 'Bearer realm="mauth"');
  if (!response.req.complete) closeAfter(response);
  response.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
}

function reply(response: Response, { status, json, text, headers = {} }: Reply): void {
  response.set({ ...headers }).status(status ?? 200);
  if (text) Readable.from(text.pieces).pipe(response.type(text.type));
  else if (json === undefined) response.end();
  // Not response.json(), which would compute a tag of its own and answer 304 where only the revision is the same.
  else response.type("json").end(JSON.stringify(json));
}

/** The rest of a body that is refused is not read: it may have no end. */
function closeAfter(response: Response): void {
  response.set("Connection", "close");
  const { socket } = response.req;
  response.once("finish", () => {
    socket.end();
    setTimeout(() => socket.destroy(), REFUSED_BODY_MS).unref();
  });
}
