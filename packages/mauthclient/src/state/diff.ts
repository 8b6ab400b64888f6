// SPDX-License-Identifier: MIT

/** A field that a change touched; undefined where it did not exist. */
export interface FieldChange {
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

type Body = Readonly<Record<string, unknown>> | null;

/** The fields that differ, in the order of their names. */
export function fieldChanges(before: Body, after: Body): FieldChange[] {
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...fields].sort().flatMap((field) => {
    const change = { field, before: textOf(before?.[field]), after: textOf(after?.[field]) };
    return change.before === change.after ? [] : [change];
  });
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
