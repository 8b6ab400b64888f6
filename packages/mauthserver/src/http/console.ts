// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import path from "node:path";
import express from "express";
import type { Router } from "express";

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
  router.get("/{*page}", (_request, response) => {
    response.set("Cache-Control", "no-cache").type("html");
    if (existsSync(index)) response.sendFile(index, { cacheControl: false });
    else response.status(503).send(NOT_BUILT_PAGE);
  });
  return router;
}
