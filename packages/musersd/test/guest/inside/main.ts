// SPDX-License-Identifier: MIT
/* Runs in the guest, all tests or those whose titles match the argument; what it prints is TAP. */
import "./contract.ts";
import "./control.ts";
import "./forwarding.ts";
import "./daemon.ts";
import { runTests } from "./harness.ts";
import { closeLab } from "./lab.ts";

const [, , titles] = process.argv;
const passed = await runTests(titles === undefined ? undefined : new RegExp(titles));
await closeLab();
// Whatever a failed test left running.
process.exit(passed ? 0 : 1);
