// SPDX-License-Identifier: MIT
/* Gives up every privilege before or after it has opened the module's filter, and prints what it may still do. */
import { errnoOf } from "../../../src/errors.ts";
import { ModuleFilter } from "../../../src/filter/module-filter.ts";
import { loadNative } from "../../../src/native.ts";

const [, , when = "", uid = ""] = process.argv;
const native = loadNative();
const SENDER = { source: 0xc0000201, group: 0xe9fc0001, maxTtl: 16 };

/** The errno name of what went wrong, or what came back. */
function attempt(act: () => string | number | void): string {
  try {
    return `${act() ?? "done"}`;
  } catch (error) {
    return errnoOf(error);
  }
}

let filter: ModuleFilter | undefined;
const dropPrivileges = (): void => native.dropPrivileges(Number(uid), Number(uid));
if (when === "before") dropPrivileges();
const opened = attempt(() => {
  filter = new ModuleFilter(native);
});
if (when === "after") dropPrivileges();
const outcome = {
  opened,
  added: attempt(() => filter?.add(SENDER)),
  read: attempt(() => filter?.senders().length),
  monitored: attempt(() => filter?.setInterfaces(filter.interfaces().map((one) => ({ ...one, isMonitored: true })))),
  detached: attempt(() => filter?.detach("lo")),
  observed: attempt(() => filter?.setObserved([])),
};
process.stdout.write(JSON.stringify(filter === undefined ? { opened } : outcome));
