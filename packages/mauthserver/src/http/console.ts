// SPDX-License-Identifier: MIT
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import express from "express";
import type { Response, Router } from "express";
import { contentSecurityPolicy } from "./headers.ts";

/** Stands in index.html where the nonce of an answer's styles belongs. */
const NONCE_PLACE = "{{CSP_NONCE}}";
const NONCE_BYTES = 16;

const NOT_BUILT_PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>mauth</title>
<h1>The console is not built</h1>
<p>mauthserver is running, but it found no console to serve. Build it with <code>npm run build</code>, then reload.</p>
</html>
`;

/** Serves the built console from a folder; every path that names no file is a page of the console. */
export function serveConsole(folder: string): Router {
  const router = express.Router();
  const index = path.join(folder, "index.html");
  router.use(
    "/assets",
    express.static(path.join(folder, "assets"), { immutable: true, maxAge: "1y", index: false, redirect: false }),
    (_request, response) => void response.status(404).type("text").send("no such file\n"),
  );
  router.use(express.static(folder, { index: false, redirect: false }));
  router.get("/{*page}", (_request, response, next) => {
    sendIndex(index, response).catch(next);
  });
  return router;
}

async function sendIndex(index: string, response: Response): Promise<void> {
  response.set("Cache-Control", "no-cache").type("html");
  const html = await readFile(index, "utf8").catch(() => undefined);
  if (html === undefined) return void response.status(503).send(NOT_BUILT_PAGE);
  const nonce = randomBytes(NONCE_BYTES).toString("base64");
  response.set("Content-Security-Policy", contentSecurityPolicy(nonce)).send(html.replaceAll(NONCE_PLACE, nonce));
}
