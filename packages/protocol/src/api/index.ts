// SPDX-License-Identifier: MIT
export * from "./announcement.ts";
export * from "./command.ts";
export * from "./entities.ts";
export * from "./scope.ts";
export * from "./session.ts";
export * from "./text.ts";
