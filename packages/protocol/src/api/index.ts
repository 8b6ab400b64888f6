// SPDX-License-Identifier: MIT
export * from "./account.ts";
export * from "./announcement.ts";
export * from "./audit.ts";
export * from "./batch.ts";
export * from "./command.ts";
export * from "./decision.ts";
export * from "./entities.ts";
export * from "./explanation.ts";
export * from "./ignored.ts";
export * from "./import.ts";
export * from "./list.ts";
export * from "./login.ts";
export * from "./problem.ts";
export * from "./scope.ts";
export * from "./session.ts";
export * from "./settings.ts";
export * from "./text.ts";
