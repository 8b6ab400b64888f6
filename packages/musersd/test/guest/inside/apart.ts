// SPDX-License-Identifier: MIT
/* In another network namespace: makes a filter there, attaches it, and leaves it. */
import { errnoOf } from "../../../src/errors.ts";
import { createModuleFilter, ModuleFilter } from "../../../src/filter/module-filter.ts";
import { loadNative } from "../../../src/native.ts";
import { attachment } from "../../filter-contract.ts";

const native = loadNative();

function openBefore(): string {
  try {
    new ModuleFilter(native).close();
    return "";
  } catch (error) {
    return errnoOf(error);
  }
}

const before = openBefore();
const filter = createModuleFilter(native, { sendersMax: 10, owner: 65_534 });
filter.add({ source: 0xc0000207, group: 0xe9fc0007, maxTtl: 1 });
filter.setInterfaces([attachment("lo", 1)]);
const interfaces = filter.interfaces().map(({ name }) => name);
process.stdout.write(JSON.stringify({ before, senders: filter.senders().length, interfaces }));
