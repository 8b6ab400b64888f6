// SPDX-License-Identifier: MIT
import { describeStoreContract } from "./contract.ts";
import { MemoryStore } from "./memory.ts";

describeStoreContract("MemoryStore", async () => new MemoryStore());
