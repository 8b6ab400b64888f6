// SPDX-License-Identifier: MIT

/** How long a test waits for something that shall happen; shorter than a test may take, so that it says what it waited for. */
const DEADLINE_MS = 15_000;

/** Waits until the condition holds; fails with the sentence when it does not in time. */
export async function until(condition: () => boolean, sentence: string, deadlineMs = DEADLINE_MS): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${sentence}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
