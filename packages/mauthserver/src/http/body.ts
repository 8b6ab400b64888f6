// SPDX-License-Identifier: MIT
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Request } from "express";
import { refused } from "./problem.ts";
import type { Result } from "./problem.ts";
import type { Route } from "./route.ts";

/** Bytes of a request's body unless its route says otherwise. */
const BODY_BYTES_MAX = 64 * 1024;
/** Bytes of a body that is too long and nevertheless read, to no purpose but that its sender reads the answer. */
const DISCARDED_BYTES_MAX = 8 * 1024 * 1024;
const JSON_TYPE = "application/json";

/** A body as it came, and what it says. */
export interface Body {
  readonly text: string;
  readonly value: unknown;
}

/**
 * Reads what a route takes: JSON, or a text where it says so. A form or a plain text, which any site's page may send without
 * being asked, is not read at all; a body that is too long is not read to its end, which express.json would do.
 */
export async function readBody(line: Route, request: Request): Promise<Result<Body | undefined>> {
  if (line.body === undefined) return { ok: true, value: undefined };
  const types = line.bodyTypes ?? [JSON_TYPE];
  const type = request.is([...types]);
  if (typeof type !== "string" || !isPlainUtf8(request))
    return refused(415, `the request must be ${types.join(" or ")}, in UTF-8 and not compressed`);
  const limit = line.bodyBytesMax ?? BODY_BYTES_MAX;
  const announced = Number(request.get("Content-Length") ?? 0);
  if (announced > limit && announced <= DISCARDED_BYTES_MAX) await discard(request);
  const bytes = announced > limit ? undefined : await readBytes(request, limit);
  if (bytes === undefined) return refused(413, `the request is longer than ${limit} bytes`);
  if (!isUtf8(bytes)) return NO_JSON;
  const text = bytes.toString();
  if (type !== JSON_TYPE) return { ok: true, value: { text, value: text } };
  const json = parseJson(text);
  return json === undefined ? NO_JSON : { ok: true, value: { text, value: json } };
}

function isPlainUtf8(request: Request): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.get("Content-Type") ?? "")?.[1];
  const encoding = request.get("Content-Encoding") ?? "identity";
  return (charset === undefined || charset.toLowerCase() === "utf-8") && encoding === "identity";
}

/** The whole body, or undefined as soon as it is longer than the limit; the rest is left unread. */
function readBytes(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        request.pause();
        resolve(undefined);
      } else chunks.push(chunk);
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("close", () => reject(Object.assign(new Error("the client has gone"), { status: 400 })));
    request.once("error", reject);
  });
}

/** Reads to the end: closing a connection with bytes unread resets it, and the answer may be lost with it (RFC 9112 §9.6). */
function discard(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    request
      .once("close", resolve)
      .once("end", resolve)
      .once("error", () => resolve());
    request.resume();
  });
}

/** Undefined for what is no JSON, and for what is nested too deeply to be read. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const NO_JSON = refused(400, "the request is not JSON in UTF-8");
