// SPDX-License-Identifier: MIT
import { LIFETIME_MS } from "../accounts/logins.ts";

/** `__Host-`: set over TLS by this very host for all of its paths, which browsers enforce (RFC 6265bis §4.1.3.2). */
const NAME_OVER_TLS = "__Host-mauth";
const NAME_ON_LOOPBACK = "mauth";
/** How long a browser is known after a login: half a year. */
const DEVICE_LIFETIME_S = 180 * 86_400;

/** What a request's cookies hold of ours. */
export interface Cookies {
  /** Secret of a login. */
  readonly secret: string | undefined;
  /** What makes a browser known in which somebody logged in before. */
  readonly device: string | undefined;
}

/** How logins travel: a cookie that scripts cannot read and other sites cannot send. Another one stays, so that its browser is known. */
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

  /** The secret in a Cookie field. */
  read(field: string | undefined): string | undefined {
    return this.readAll(field).secret;
  }

  /** Everything of ours in a Cookie field. */
  readAll(field: string | undefined): Cookies {
    return { secret: valueOf(field, this.#name), device: valueOf(field, `${this.#name}-device`) };
  }

  /** The Set-Cookie field that keeps a secret. */
  keep(secret: string): string {
    return `${this.#name}=${secret}; Max-Age=${LIFETIME_MS / 1000}; ${this.#attributes}`;
  }

  /** The Set-Cookie field that makes a browser known. */
  keepDevice(device: string): string {
    return `${this.#name}-device=${device}; Max-Age=${DEVICE_LIFETIME_S}; ${this.#attributes}`;
  }

  /** The Set-Cookie field that forgets the secret. */
  forget(): string {
    return `${this.#name}=; Max-Age=0; ${this.#attributes}`;
  }
}

/**
 * The value of a name in a Cookie field. Where there are two, one was set by something else on this host, which without TLS browsers
 * do not tell apart (RFC 6265 §8.6): neither is believed.
 */
function valueOf(field: string | undefined, wanted: string): string | undefined {
  const values = new Set<string>();
  for (const pair of field?.split(";") ?? []) {
    const [name, value] = pair.trim().split("=");
    if (name === wanted && value !== undefined && /^[\w.-]{1,128}$/.test(value)) values.add(value);
  }
  return values.size === 1 ? [...values][0] : undefined;
}
