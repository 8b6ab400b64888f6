// SPDX-License-Identifier: MIT
import type { RequestHandler } from "express";

/**
 * Scripts, fonts and connections from here only, and no inline style but those that carry the nonce of this very answer (the
 * console's component library makes style elements). Text becomes HTML only through the console's own policy (Trusted Types).
 */
export function contentSecurityPolicy(nonce?: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    nonce === undefined ? "style-src 'self'" : `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types default",
  ].join("; ");
}

/** Headers that keep a browser from doing more with our pages than we mean; `isSecure` where it reaches them over TLS alone. */
export function securityHeaders({ isSecure }: { readonly isSecure: boolean }): RequestHandler {
  const headers = {
    ...(isSecure && { "Strict-Transport-Security": "max-age=31536000" }),
    "Content-Security-Policy": contentSecurityPolicy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), usb=()",
  };
  return (_request, response, next) => {
    response.set(headers);
    next();
  };
}
