// SPDX-License-Identifier: MIT
import type { RequestHandler } from "express";

/** Scripts, fonts and connections from here only. Styles may be inline: the console's component library sets sizes that way. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Headers that keep a browser from doing more with our pages than we mean. */
export const securityHeaders: RequestHandler = (request, response, next) => {
  if (request.secure) response.set("Strict-Transport-Security", "max-age=31536000");
  response.set({
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), usb=()",
  });
  next();
};
