// SPDX-License-Identifier: MIT
import { systemClock } from "../clock.ts";
import { keepCompileCache } from "../compile-cache.ts";
import { readConfig } from "../config.ts";
import type { Config } from "../config.ts";
import { StartError, UsageError } from "../errors.ts";
import { formatListenAddress } from "../listen-address.ts";
import { openLog } from "../log.ts";
import type { Log } from "../log.ts";
import { Server } from "../server.ts";
import { swapDatabases } from "../store/restored.ts";
import { parseOptions } from "./options.ts";

const HELP = `mauthserver serve --config FILE.toml

  --config FILE.toml   the configuration; "store" is the only key without a default
  --help               this text

SIGHUP reads the certificate of [tls] again. SIGTERM and SIGINT stop it. Exit code 2: a wrong option or configuration; 1: it could not start or go on.`;

const OPTIONS = { config: { type: "string" }, help: { type: "boolean" } } as const;

/** `mauthserver serve`: runs until a signal or until it cannot go on. */
export async function serve(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions("serve", argv, OPTIONS);
  if (values.help === true) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (positionals.length > 0) throw new UsageError(`serve takes options only, not "${positionals[0]}"`);
  const file = values.config;
  if (file === undefined) throw new UsageError("serve needs --config FILE.toml");
  const config = readConfig(file);
  const log = openLog();
  const signals = new Signals();
  for (;;) {
    const reason = await serveOnce(config, log, signals);
    if (reason.error !== undefined) throw new StartError("cannot go on", { cause: reason.error });
    if (reason.isRestore !== true) return 0;
    if (config.store.type === "sqlite") swapDatabases(config.store.path);
  }
}

/** Why a server stopped. */
interface Reason {
  readonly signal?: string;
  readonly error?: unknown;
  readonly isRestore?: true;
}

async function serveOnce(config: Config, log: Log, signals: Signals): Promise<Reason> {
  const { promise, resolve } = Promise.withResolvers<Reason>();
  const onFailed = (error: unknown): void => resolve({ error });
  const onRestore = (): void => resolve({ isRestore: true });
  const server = new Server({ config, clock: systemClock, log, onFailed, onRestore });
  await server.start();
  log.info({ listen: formatListenAddress(config.listen), origins: config.origins }, "mauthserver serves");
  warnOfFirstRun(server, log);
  if (config.origins.length === 0) log.warn({}, 'no browser can connect: "origins" names none');
  keepCompileCache();
  signals.onReload = () => reloadInto(server, log);
  const reason = await Promise.race([promise, signals.stop]);
  log.info({ reason: reason.signal ?? (reason.isRestore === true ? "restore" : "failure") }, "mauthserver stops");
  await server.stop();
  return reason;
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

/** What the process is told from outside. */
class Signals {
  readonly stop: Promise<Reason>;
  onReload: () => void = () => undefined;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<Reason>();
    this.stop = promise;
    for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => resolve({ signal }));
    process.on("SIGHUP", () => this.onReload());
  }
}
