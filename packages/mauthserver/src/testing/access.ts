// SPDX-License-Identifier: MIT
import { createAccess } from "../accounts/access.ts";
import type { Access } from "../accounts/access.ts";
import { systemClock } from "../clock.ts";
import { LoginCookie } from "../http/cookie.ts";
import { silentLog } from "../log.ts";
import { MemoryStore } from "../store/memory.ts";

/** Accounts in memory, and what else the API wants to know of who asks. */
export async function testAccess({ isLoginRequired = false, clock = systemClock } = {}): Promise<
  Access & { clock: typeof clock; cookie: LoginCookie; log: typeof silentLog; onRefused(): void; onWrong(): void }
> {
  const store = new MemoryStore();
  const fence = await store.lease("leader", "test");
  const access = createAccess([], { store, clock, fence, isLoginRequired });
  const cookie = new LoginCookie({ isSecure: false });
  return { ...access, clock, cookie, log: silentLog, onRefused: () => undefined, onWrong: () => undefined };
}
