// SPDX-License-Identifier: MIT
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { hashPassword, isPassword } from "./password.ts";

describe("passwords", () => {
  it("are kept as argon2id with a salt of their own", async () => {
    const [first, second] = await Promise.all([
      hashPassword("a secret", randomBytes),
      hashPassword("a secret", randomBytes),
    ]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(first).not.toBe(second);
    expect(await isPassword("a secret", first)).toBe(true);
    expect(await isPassword("a secreT", first)).toBe(false);
    expect(await isPassword("", first)).toBe(false);
  });

  it("agree with the reference implementation of argon2", async () => {
    // echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1 -e, from the test table of the reference implementation (test.c).
    const reference = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    expect(await isPassword("password", reference)).toBe(true);
    expect(await isPassword("differentpassword", reference)).toBe(false);
  });

  it("are the same however their accents are composed", async () => {
    const hash = await hashPassword("motdepass\u00e9", randomBytes);
    expect(await isPassword("motdepasse\u0301", hash)).toBe(true);
  });

  it.each(["", "x", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"])(
    "are never right for the broken hash %j",
    async (hash) => {
      expect(await isPassword("", hash)).toBe(false);
    },
  );
});
