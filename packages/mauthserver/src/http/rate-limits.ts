// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import type { RequestHandler } from "express";
import { addressOf } from "./address-of.ts";
import { refused } from "./problem.ts";
import { send } from "./send.ts";
import { WindowCounts } from "./window-counts.ts";

const WINDOW_MS = 60_000;
/** Passwords and codes that one address, or the browsers that one account is known to use, may try in a minute. */
export const LOGINS_PER_MINUTE = 20;
/** Requests of the API that one address, or one account or token, may make in a minute; marking a full inbox as reviewed takes thousands. */
export const REQUESTS_PER_MINUTE = 12_000;

/** Bounds how often one address may try to log in; `knownAs` tells whose browser it is where somebody has logged in before. */
export function limitLogins(knownAs: (request: IncomingMessage) => string | undefined): RequestHandler {
  return limit(LOGINS_PER_MINUTE, (request) => {
    const account = knownAs(request);
    return account === undefined ? blockOf(request) : `account ${account}`;
  });
}

/** Bounds how often one address may ask; `principalOf` names whoever is let in, whom strangers at the same address do not hold up. */
export function limitRequests(
  principalOf: (request: IncomingMessage) => string | undefined,
  perMinute = REQUESTS_PER_MINUTE,
): RequestHandler {
  return limit(perMinute, (request) => {
    const name = principalOf(request);
    return name === undefined ? blockOf(request) : `principal ${name}`;
  });
}

/** An IPv6 subscriber has a whole /56: its addresses count together. */
function blockOf(request: IncomingMessage): string {
  return ipKeyGenerator(addressOf(request) ?? "::");
}

function limit(perMinute: number, keyGenerator: (request: IncomingMessage) => string): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    store: new WindowCounts(WINDOW_MS),
    limit: perMinute,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    keyGenerator,
    handler: (_request, response) => send(response, refused(429, "too many requests: wait a minute")),
    validate: false,
  });
}
