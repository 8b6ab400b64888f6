// SPDX-License-Identifier: MIT
export * from "./slots.ts";
export * from "./v1-client.ts";
export * from "./v1-server.ts";
export * from "./v1-timing.ts";
