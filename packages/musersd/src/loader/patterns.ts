// SPDX-License-Identifier: MIT

/** Tells whether the name is a pattern: it contains `*` (any characters) or `?` (one). */
export function isPattern(name: string): boolean {
  return /[*?]/.test(name);
}

/** Tells whether an interface name matches one of the names and patterns. */
export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => toExpression(pattern).test(name));
}

function toExpression(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}
