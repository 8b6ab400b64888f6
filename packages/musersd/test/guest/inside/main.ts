// SPDX-License-Identifier: MIT
/* Runs in the guest; what it prints is TAP. */
import "./contract.ts";
import "./control.ts";
import "./forwarding.ts";
import "./daemon.ts";
import { runTests } from "./harness.ts";

// Whatever a failed test left running.
process.exit((await runTests()) ? 0 : 1);
