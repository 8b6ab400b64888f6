// SPDX-License-Identifier: MIT
export * from "../protocol-version.ts";
export * from "./bytes.ts";
export * from "./digest.ts";
export * from "./entry.ts";
export * from "./event.ts";
export * from "./frame.ts";
export * from "./keys.ts";
export * from "./limits.ts";
export * from "./report.ts";
export * from "./request.ts";
export * from "./response.ts";
