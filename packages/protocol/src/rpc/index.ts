// SPDX-License-Identifier: MIT
export { V2_OUTSTANDING_MAX } from "./key-counts.ts";
export * from "./round-trip.ts";
export * from "./row-table.ts";
export * from "./sap-reassembly.ts";
export * from "./slots.ts";
export * from "./v1-client.ts";
export * from "./v1-server.ts";
export * from "./v1-timing.ts";
export * from "./v2-caller.ts";
export * from "./v2-client.ts";
export * from "./v2-reads.ts";
export * from "./v2-server.ts";
export * from "./v2-session.ts";
export * from "./v2-table.ts";
