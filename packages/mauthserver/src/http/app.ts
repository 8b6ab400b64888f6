// SPDX-License-Identifier: MIT
import type { IncomingMessage } from "node:http";
import express from "express";
import type { ErrorRequestHandler, Express, RequestHandler } from "express";
import type { Registry } from "prom-client";
import type { Log } from "../log.ts";
import type { Admission } from "../push/admission.ts";
import type { ApiParts } from "./api.ts";
import { serveConsole } from "./console.ts";
import { hostOf } from "./host-of.ts";
import { securityHeaders } from "./headers.ts";
import { limitLogins, limitRequests } from "./rate-limits.ts";
import type { RequestMeter } from "./request-meter.ts";
import { serveRoutes } from "./router.ts";
import type { RouterOptions } from "./router.ts";
import { send } from "./send.ts";

export interface AppOptions extends ApiParts, Omit<RouterOptions, "gate"> {
  readonly admission: Admission;
  readonly requests: RequestMeter;
  readonly metrics: Registry;
  /** Folder of the built console. */
  readonly consoleFolder: string;
  /** What is wrong, in a sentence; undefined while all is well. */
  health(): string | undefined;
}

/** Everything that is served over HTTP except the push feed. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(options.requests.count, securityHeaders(options.cookie), admit(options.admission));
  app.get("/healthz", (_request, response) => {
    const trouble = options.health();
    response
      .status(trouble === undefined ? 200 : 503)
      .type("text")
      .send(`${trouble ?? "ok"}\n`);
  });
  app.get("/metrics", (request, response, next) => {
    const cookie = options.cookie.read(request.headers.cookie);
    const identified = options.gate.identify({ cookie, authorization: request.headers.authorization });
    if (!identified.ok) return send(response, identified);
    options.metrics.metrics().then((text) => response.type(options.metrics.contentType).send(text), next);
  });
  const { accounts, cookie, gate } = options;
  const limitPasswords = limitLogins(
    ({ headers }) => accounts.deviceOf(cookie.readAll(headers.cookie).device)?.account,
  );
  app.post(["/api/v1/login", "/api/v1/first-run", "/api/v1/me/confirmation"], limitPasswords);
  app.put("/api/v1/me/password", limitPasswords);
  const principalOf = ({ headers }: IncomingMessage): string | undefined => {
    const identified = gate.identify({ cookie: cookie.read(headers.cookie), authorization: headers.authorization });
    return identified.ok && identified.value.kind !== "open" ? identified.value.name : undefined;
  };
  app.use("/api/v1", limitRequests(principalOf), serveRoutes(options));
  app.use(serveConsole(options.consoleFolder));
  app.use((_request, response) => void response.status(405).type("text").send("method not allowed\n"));
  app.use(failSoftly(options.log));
  return app;
}

/** Refuses requests for another host, so that no other site's name can be made to point here (DNS rebinding). */
function admit(admission: Admission): RequestHandler {
  return (request, response, next) => {
    const refusal = admission.refusal({ origin: request.headers.origin, host: hostOf(request) });
    if (refusal === undefined) return next();
    response
      .status(refusal === "host" ? 421 : 403)
      .type("text")
      .send(`this ${refusal} is not served here\n`);
  };
}

function failSoftly(log: Log): ErrorRequestHandler {
  return (error: { status?: unknown }, _request, response, _next) => {
    const status = typeof error.status === "number" ? error.status : 500;
    if (status >= 500) log.error({ err: error }, "a request failed");
    response
      .status(status)
      .type("text")
      .send(status >= 500 ? "internal error\n" : "bad request\n");
  };
}
