// SPDX-License-Identifier: MIT

/** Tells whether the name is a pattern: it contains `*` (any characters) or `?` (one). */
export function isPattern(name: string): boolean {
  return /[*?]/.test(name);
}

/** Tells whether an interface name matches one of the names and patterns. */
export function matchesAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => toExpression(pattern).test(name));
}

/** Tells whether the interfaces are all that are configured: each that is named, and at least one. */
export function isEverywhere(configured: readonly string[], names: readonly string[]): boolean {
  return names.length > 0 && configured.every((name) => isPattern(name) || names.includes(name));
}

function toExpression(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}
