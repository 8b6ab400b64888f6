// SPDX-License-Identifier: MIT
/* Gives up every privilege before or after it has opened the module's filter, and prints what it may still do. */
import { errnoOf } from "../../../src/errors.ts";
import { ModuleFilter } from "../../../src/filter/module-filter.ts";
import { loadNative } from "../../../src/native.ts";

const [, , when = "", uid = ""] = process.argv;
const native = loadNative();
const SENDER = { source: 0xc0000201, group: 0xe9fc0001, maxTtl: 16 };

function attempt(act: () => unknown): string {
  try {
    return String(act() ?? "done");
  } catch (error) {
    return errnoOf(error);
  }
}

const dropPrivileges = (): void => native.dropPrivileges(Number(uid), Number(uid));
if (when === "before") dropPrivileges();
let filter: ModuleFilter | undefined;
const opened = attempt(() => (filter = new ModuleFilter(native)) && undefined);
if (when === "after") dropPrivileges();
const outcome = {
  opened,
  added: filter === undefined ? "" : attempt(() => filter?.add(SENDER)),
  read: filter === undefined ? "" : attempt(() => filter?.senders().length),
  detached: filter === undefined ? "" : attempt(() => filter?.detach("lan0")),
  observed: filter === undefined ? "" : attempt(() => filter?.setObserved([])),
};
process.stdout.write(JSON.stringify(outcome));
