// SPDX-License-Identifier: MIT
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import type { RequestHandler } from "express";
import { addressOf } from "./address-of.ts";
import { refused } from "./problem.ts";
import { send } from "./send.ts";

const WINDOW_MS = 60_000;
/** Passwords and codes that one address may try in a minute. */
export const LOGINS_PER_MINUTE = 20;
/** Requests of the API that one address may make in a minute; marking a full inbox as reviewed takes thousands. */
export const REQUESTS_PER_MINUTE = 12_000;

/** Bounds how often one address may try to log in. */
export function limitLogins(): RequestHandler {
  return limit(LOGINS_PER_MINUTE);
}

/** Bounds how often one address may ask. */
export function limitRequests(): RequestHandler {
  return limit(REQUESTS_PER_MINUTE);
}

/** An IPv6 subscriber has a whole /56: its addresses count together. */
function limit(perMinute: number): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: perMinute,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    keyGenerator: (request) => ipKeyGenerator(addressOf(request) ?? "::"),
    handler: (_request, response) => send(response, refused(429, "too many requests: wait a minute")),
    validate: false,
  });
}
