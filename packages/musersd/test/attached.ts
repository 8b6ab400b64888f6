// SPDX-License-Identifier: MIT
/*
 * attached.ts INTERFACE: prints the id of the filter that is attached to an interface of this network namespace, or nothing.
 * attached.ts INTERFACE attach PIN: puts a pinned program in the place of the one of its name.
 * attached.ts INTERFACE detach NAME: takes the program of that name off, as a hand would.
 */
import { PROGRAM_NAME } from "../src/loader/filter-loader.ts";
import { loadNative } from "../src/native.ts";

const [name = "", what, which = ""] = process.argv.slice(2);
const native = loadNative();
const ifindex = native.interfaces()[name] ?? 0;
if (what === "attach") native.tcAttach(ifindex, native.pinned(which) ?? -1);
else if (what === "detach") native.tcDetach(ifindex, which);
else process.stdout.write(`${native.tcQuery(ifindex, PROGRAM_NAME) ?? ""}`);
