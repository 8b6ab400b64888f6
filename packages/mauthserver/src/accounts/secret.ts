// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";

/** Bytes of a login's or a token's secret. */
export const SECRET_BYTES = 32;
/** How a token's secret begins, so that scanners for leaked secrets find it. */
export const TOKEN_PREFIX = "mauth_";

/** What is stored of a secret: the SHA-256 in hex. Secrets are 256 random bits, so that no slow hash is needed. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** The CSRF token of a login: known only to who knows the secret, and of no use without it. */
export function csrfTokenOf(secret: string): string {
  return createHash("sha256").update(`csrf ${secret}`).digest("base64url");
}
