// SPDX-License-Identifier: MIT
import { plural } from "./texts.ts";

/** The English texts of pages that are not part of the first load. */
export const pageTexts = {
  explain: {
    title: "Explain",
    intro: "Why the packets of a source to a group are refused, or why they pass.",
    mrouter: "Mrouter",
    ask: "Explain",
    asking: "Asking mauthserver …",
    again: "Ask again",
    start: {
      title: "Which packets?",
      body: "Give a source and a group, or come here from a refused sender, a grant or a session.",
    },
    failed: "This could not be explained",
    verdicts: {
      passed: "Its packets pass",
      refused: "Its packets are refused",
      silent: "Nobody sends",
    },
    facts: "What is known",
    entry: "Entry of the filter",
    noEntry: "none",
    entryOf: (maxTtl: number) => `max TTL ${maxTtl}`,
    passed: "Packets passed",
    lastPassed: "Last passed packet",
    refused: "Packets refused",
    lastRefused: "Last refused packet",
    lastTtl: (ttl: number) => `TTL ${ttl}`,
    onInterface: (name: string) => `on ${name}`,
    grants: "Grants that cover it",
    noGrants: "none",
    session: "Announced session",
    noSession: "not announced",
    fix: "What would change it",
    fixes: {
      permit: "Permit this sender",
      edit: "Raise its limits",
      revoke: "Revoke the grant",
      other: "Show the grants",
    },
  },
  count: (count: number, noun: string) => plural(count, noun),
} as const;
