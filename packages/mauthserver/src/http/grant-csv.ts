// SPDX-License-Identifier: MIT
import { GrantInput } from "@mauth/protocol/api";
import { FORMULA, formatCsv, parseCsv } from "./csv.ts";

/** The columns of an export; an import needs the first two and maxTtl, in any order. */
const COLUMNS = [
  "source",
  "group",
  "maxTtl",
  "session",
  "bytesPerSecond",
  "burstBytes",
  "interface",
  "mac",
  "expiresAt",
  "reason",
] as const;
type Column = (typeof COLUMNS)[number];

/** Something of an import that cannot be read; lines count from 1. */
export interface ImportError {
  readonly line: number;
  readonly detail: string;
}

/** What an import asks for, and what of it cannot be read. */
export interface Imported {
  readonly grants: readonly GrantInput[];
  readonly errors: readonly ImportError[];
}

/** Formats grants as CSV, in pieces; instants in ISO 8601. */
export function formatGrants(grants: Iterable<GrantInput>): Iterable<string> {
  return formatCsv(COLUMNS, grants, rowOf);
}

function rowOf({ source, group, maxTtl, session, rate, binding, expiresAt, reason }: GrantInput): string[] {
  const end = expiresAt === undefined ? "" : new Date(expiresAt).toISOString();
  return [
    source,
    group,
    String(maxTtl),
    session ?? "",
    String(rate?.bytesPerSecond ?? ""),
    String(rate?.burstBytes ?? ""),
    binding?.interface ?? "",
    binding?.mac ?? "",
    end,
    reason ?? "",
  ];
}

/** Reads an import in CSV; the first line names the columns. */
export function parseGrantsCsv(text: string): Imported {
  const [heading = [], ...rows] = parseCsv(text) ?? [];
  const columns = heading.map((name) => name.trim());
  const wrong = columns.find((name) => !COLUMNS.some((column) => column === name));
  if (wrong !== undefined)
    return { grants: [], errors: [{ line: 1, detail: `there is no column ${wrong.slice(0, 50)}` }] };
  for (const needed of ["source", "group", "maxTtl"])
    if (!columns.includes(needed))
      return { grants: [], errors: [{ line: 1, detail: `the column ${needed} is missing` }] };
  const inputs = rows.map((cells, index) => ({ line: index + 2, input: inputOf(columns as Column[], cells) }));
  return checked(inputs.filter(({ input }) => Object.keys(input).length > 0));
}

/** Reads an import in JSON: a list of grants as `POST /grants` takes them. */
export function parseGrantsJson(body: unknown): Imported {
  if (!Array.isArray(body)) return { grants: [], errors: [{ line: 1, detail: "it must be a list of grants" }] };
  return checked(body.map((input: unknown, index) => ({ line: index + 1, input })));
}

function inputOf(columns: readonly Column[], cells: readonly string[]): object {
  const cell = new Map(columns.map((column, index) => [column, unguarded((cells[index] ?? "").trim())]));
  const text = (column: Column) => (cell.get(column) === "" ? undefined : cell.get(column));
  const number = (column: Column) => (text(column) === undefined ? undefined : Number(text(column)));
  const rate = { bytesPerSecond: number("bytesPerSecond"), burstBytes: number("burstBytes") };
  const binding = defined({ interface: text("interface"), mac: text("mac") });
  const expiresAt = text("expiresAt");
  return defined({
    source: text("source"),
    group: text("group"),
    session: text("session"),
    maxTtl: number("maxTtl"),
    rate: rate.bytesPerSecond === undefined && rate.burstBytes === undefined ? undefined : rate,
    binding: Object.keys(binding).length === 0 ? undefined : binding,
    expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
    reason: text("reason"),
  });
}

/** Without the apostrophe that an export writes before what looks like a formula. */
function unguarded(text: string): string {
  return text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text;
}

function defined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
}

function checked(inputs: readonly { readonly line: number; readonly input: unknown }[]): Imported {
  const grants: GrantInput[] = [];
  const errors: ImportError[] = [];
  for (const { line, input } of inputs) {
    const parsed = GrantInput.safeParse(input);
    if (parsed.success) grants.push(parsed.data);
    else {
      const [issue] = parsed.error.issues;
      errors.push({ line, detail: `${issue?.path.join(".") ?? ""} ${issue?.message ?? "cannot be read"}`.trim() });
    }
  }
  return { grants, errors };
}
