// SPDX-License-Identifier: MIT
import type { FirstRun } from "@mauth/protocol/api";
import type { Board } from "./push/board.ts";
import { createAir, startListening } from "./server/air.ts";
import type { Air } from "./server/air.ts";
import { createControl, startFeed, takeGrants } from "./server/control.ts";
import type { Control } from "./server/control.ts";
import { createDoors, openCommands, openWeb } from "./server/doors.ts";
import type { Doors } from "./server/doors.ts";
import { openGround, startCompaction } from "./server/ground.ts";
import type { Surroundings } from "./server/ground.ts";

export interface ServerOptions extends Surroundings {
  /** Called when a command asks that the server stops, swaps its database for the restored one, and starts again. */
  readonly onRestore?: () => void;
  /** Called when the server cannot go on. */
  onFailed(error: unknown): void;
}

/** What runs after a start. */
interface Running {
  readonly control: Control;
  readonly doors: Doors;
  /** What closes everything that was opened, in reverse. */
  readonly opened: AsyncDisposableStack;
}

/** mauthserver: everything that `serve` runs. */
export class Server {
  readonly #options: ServerOptions;
  #running: Running | undefined;
  #trouble: string | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** The TCP port that is listened on; undefined on a Unix socket. */
  get port(): number | undefined {
    const address = this.#running?.doors.web.server.address();
    return typeof address === "object" && address !== null ? address.port : undefined;
  }

  /** What consoles see; undefined while it does not run. */
  get board(): Board | undefined {
    return this.#running?.control.board;
  }

  /** Whether there is an account; undefined while it does not run. */
  get firstRun(): FirstRun | undefined {
    return this.#running?.doors.access.gate.firstRun;
  }

  /** Makes the first account where a login is required and there is none. */
  get firstRunCode(): string | undefined {
    return this.#running?.doors.access.firstRunCode;
  }

  /** Starts everything, the outside last; StartError says in one sentence why it cannot. */
  async start(): Promise<void> {
    const opened = new AsyncDisposableStack();
    try {
      this.#running = { ...(await this.#open(opened)), opened };
    } catch (error) {
      await opened.disposeAsync();
      throw error;
    }
  }

  async #open(opened: AsyncDisposableStack): Promise<Omit<Running, "opened">> {
    const { onRestore = () => undefined } = this.#options;
    const ground = await openGround(this.#options, opened);
    const control = createControl(ground, (heard) => air.announcements.hear(heard));
    const air = createAir(ground, control);
    const onFailed = (error: unknown): void => this.#fail("the log cannot be followed", error);
    await startFeed(ground, control, { opened, onFailed });
    await takeGrants(ground, control);
    const doors = createDoors(ground, control, air, () => this.#trouble);
    closeInside(opened, control, air);
    await startListening(ground, air.listener);
    closeOutside(opened, doors, air);
    await openWeb(ground, doors, opened);
    await openCommands(ground, doors, { opened, onRestore });
    startInside(control, air);
    doors.access.logins.start((error) => this.#options.log.warn({ err: error }, "logins could not be stored"));
    startCompaction(ground, control.board, opened);
    return { control, doors };
  }

  /** Reads the certificate again; StartError when it cannot be used, and the one of before stays. */
  reload(): void {
    this.#running?.doors.web.reload();
  }

  /** Stops everything, the outside first; what was acknowledged is stored already. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.opened.disposeAsync();
  }

  #fail(sentence: string, error: unknown): void {
    this.#trouble = sentence;
    this.#options.onFailed(error);
  }
}

/** Begins to bring mrouters in line, to end grants and sessions at their time, and to announce. */
function startInside({ fleet, authority }: Control, { announcements, announcing, conflicts }: Air): void {
  for (const part of [fleet, authority, announcements, announcing, conflicts]) part.start();
}

function closeInside(opened: AsyncDisposableStack, { fleet, authority }: Control, { announcements }: Air): void {
  opened.defer(async () => announcements.stop());
  opened.defer(async () => fleet.stop());
  opened.defer(() => authority.stop());
}

/** Saying goodbye to consoles and deleting our sessions at their listeners each take seconds, so that both go at once. */
function closeOutside(opened: AsyncDisposableStack, { hub, access }: Doors, air: Air): void {
  opened.defer(async () => air.listener.stop());
  opened.defer(async () => void (await Promise.all([hub.close(), air.announcing.stop()])));
  opened.defer(() => access.logins.stop());
  opened.defer(() => air.conflicts.stop());
}
