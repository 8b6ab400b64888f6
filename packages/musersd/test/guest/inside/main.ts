// SPDX-License-Identifier: MIT
/* Runs in the guest; what it prints is TAP. */
import "./contract.ts";
import "./control.ts";
import "./forwarding.ts";
import "./daemon.ts";
import { runTests } from "./harness.ts";
import { theLab } from "./lab.ts";

const passed = await runTests();
await (await theLab()).close();
// Whatever a failed test left running.
process.exit(passed ? 0 : 1);
