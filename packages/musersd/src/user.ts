// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { ConfigError } from "./errors.ts";

/** An unprivileged user. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Users to become when none is configured, the first that exists. */
const DEFAULT_USERS = ["musersd", "nobody"] as const;

/**
 * Finds the user that the serving part becomes.
 * @param name As configured, "" for the default.
 * @throws ConfigError when there is no such user, or when it is root.
 */
export function findUser(name: string, passwd: string = readFileSync("/etc/passwd", "utf8")): User {
  const users = passwd.split("\n").map(parseLine);
  const candidates = name === "" ? DEFAULT_USERS : [name];
  for (const candidate of candidates) {
    const user = users.find((one) => one?.name === candidate);
    if (user === undefined) continue;
    if (user.uid === 0) throw new ConfigError(`user: ${user.name} is root; name an unprivileged user`);
    return user;
  }
  throw new ConfigError(`user: this machine has no user ${candidates.join(" or ")}`);
}

/** The name of a user, or its number where it has none. */
export function nameOfUser(uid: number, passwd: string = readFileSync("/etc/passwd", "utf8")): string {
  return (
    passwd
      .split("\n")
      .map(parseLine)
      .find((one) => one?.uid === uid)?.name ?? String(uid)
  );
}

function parseLine(line: string): User | undefined {
  const [name, , uid, gid] = line.split(":");
  return name === undefined || uid === undefined || gid === undefined
    ? undefined
    : { name, uid: Number(uid), gid: Number(gid) };
}
