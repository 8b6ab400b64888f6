// SPDX-License-Identifier: MIT
import { parseArgs } from "node:util";
import { systemClock } from "../clock.ts";
import { readConfig } from "../config.ts";
import { StartError, UsageError } from "../errors.ts";
import { formatListenAddress } from "../listen-address.ts";
import { openLog } from "../log.ts";
import type { Log } from "../log.ts";
import { Server } from "../server.ts";

const HELP = `mauthserver serve --config FILE.toml

  --config FILE.toml   the configuration; "store" is the only key without a default
  --help               this text

SIGHUP reads the certificate of [tls] again. SIGTERM and SIGINT stop it. Exit code 2: a wrong option or configuration; 1: it could not start or go on.`;

/** `mauthserver serve`: runs until a signal or until it cannot go on. */
export async function serve(argv: readonly string[]): Promise<number> {
  const { config: file, help } = parseOptions(argv);
  if (help === true) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (file === undefined) throw new UsageError("serve needs --config FILE.toml");
  const config = readConfig(file);
  const log = openLog();
  const end = new Ending();
  const server = new Server({ config, clock: systemClock, log, onFailed: (error) => end.fail(error) });
  await server.start();
  log.info({ listen: formatListenAddress(config.listen), origins: config.origins }, "mauthserver serves");
  warnOfFirstRun(server, log);
  if (config.origins.length === 0) log.warn({}, 'no browser can connect: "origins" names none');
  const reload = (): void => reloadInto(server, log);
  process.on("SIGHUP", reload);
  const reason = await end.reached;
  process.off("SIGHUP", reload);
  log.info({ reason: reason.signal ?? "failure" }, "mauthserver stops");
  await server.stop();
  if (reason.error !== undefined) throw new StartError("cannot go on", { cause: reason.error });
  return 0;
}

function reloadInto(server: Server, log: Log): void {
  try {
    server.reload();
    log.info({}, "the certificate was read again");
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    log.error({ err: error }, "the certificate of before is kept");
  }
}

/** Says that everybody may decide, or how the first account is made. */
function warnOfFirstRun({ firstRun, firstRunCode }: Server, log: Log): void {
  if (firstRun?.open === true)
    log.warn({}, "no account exists: everybody on this machine may decide; make the first account in the console");
  else if (firstRunCode !== undefined)
    log.warn({ code: firstRunCode }, "no account exists: open the console and make the first one with this code");
}

/** The first of a signal and a failure. */
class Ending {
  readonly #resolve: (reason: { signal?: string; error?: unknown }) => void;
  readonly reached: Promise<{ signal?: string; error?: unknown }>;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<{ signal?: string; error?: unknown }>();
    this.reached = promise;
    this.#resolve = resolve;
    for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => resolve({ signal }));
  }

  fail(error: unknown): void {
    this.#resolve({ error });
  }
}

function parseOptions(argv: readonly string[]): { config?: string; help?: boolean } {
  try {
    return parseArgs({ args: [...argv], options: { config: { type: "string" }, help: { type: "boolean" } } }).values;
  } catch (error) {
    throw new UsageError(`serve: ${error instanceof Error ? error.message.split(". ")[0] : String(error)}`, {
      cause: error,
    });
  }
}
