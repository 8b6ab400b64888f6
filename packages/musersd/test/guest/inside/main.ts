// SPDX-License-Identifier: MIT
/* Runs in the guest; what it prints is TAP. */
import "./contract.ts";
import { runTests } from "./harness.ts";

process.exitCode = (await runTests()) ? 0 : 1;
