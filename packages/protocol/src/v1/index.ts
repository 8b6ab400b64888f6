// SPDX-License-Identifier: MIT
export * from "./codec.ts";
export * from "./validate.ts";
