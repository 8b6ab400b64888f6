// SPDX-License-Identifier: MIT
import { LIFETIME_MS } from "../accounts/logins.ts";

/** `__Host-`: set over TLS by this very host for all of its paths, which browsers enforce (RFC 6265bis §4.1.3.2). */
const NAME_OVER_TLS = "__Host-mauth";
const NAME_ON_LOOPBACK = "mauth";

/** How logins travel: a cookie that scripts cannot read and other sites cannot send. */
export class LoginCookie {
  /** Whether browsers reach this server over TLS alone. */
  readonly isSecure: boolean;
  readonly #name: string;
  readonly #attributes: string;

  constructor({ isSecure }: { readonly isSecure: boolean }) {
    this.isSecure = isSecure;
    this.#name = isSecure ? NAME_OVER_TLS : NAME_ON_LOOPBACK;
    this.#attributes = `Path=/; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`;
  }

  /**
   * The secret in a Cookie field. Where there are two, one was set by something else on this host, which without TLS browsers do
   * not tell apart (RFC 6265 §8.6): neither is believed.
   */
  read(field: string | undefined): string | undefined {
    const secrets = new Set<string>();
    for (const pair of field?.split(";") ?? []) {
      const [name, value] = pair.trim().split("=");
      if (name === this.#name && value !== undefined && /^[\w-]{1,128}$/.test(value)) secrets.add(value);
    }
    return secrets.size === 1 ? [...secrets][0] : undefined;
  }

  /** The Set-Cookie field that keeps a secret. */
  keep(secret: string): string {
    return `${this.#name}=${secret}; Max-Age=${LIFETIME_MS / 1000}; ${this.#attributes}`;
  }

  /** The Set-Cookie field that forgets it. */
  forget(): string {
    return `${this.#name}=; Max-Age=0; ${this.#attributes}`;
  }
}
