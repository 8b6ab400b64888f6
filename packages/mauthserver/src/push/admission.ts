// SPDX-License-Identifier: MIT

/** Where a request says that it comes from and goes to (RFC 6454 §7, RFC 9110 §7.2). */
export interface Claims {
  readonly origin: string | undefined;
  readonly host: string | undefined;
}

/**
 * Decides whether a request may be served while nobody has an account: it must name a host of ours (against DNS
 * rebinding), and a browser must run our own console (against other sites' WebSockets, which no CORS stops).
 */
export class Admission {
  readonly #origins: ReadonlySet<string>;
  readonly #hosts: ReadonlySet<string>;

  /** `origins` are exact, such as "http://127.0.0.1:8080"; `hosts` are further names for clients that are no browsers. */
  constructor(origins: readonly string[], hosts: readonly string[] = []) {
    this.#origins = new Set(origins);
    this.#hosts = new Set([...origins.map((origin) => new URL(origin).host), ...hosts]);
  }

  /** The reason to refuse, or undefined. A client without an origin is no browser. */
  refusal({ origin, host }: Claims): "host" | "origin" | undefined {
    if (host === undefined || !this.#hosts.has(host.toLowerCase())) return "host";
    if (origin !== undefined && !this.#origins.has(origin)) return "origin";
    return undefined;
  }
}
