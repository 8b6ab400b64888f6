// SPDX-License-Identifier: MIT
import { readdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { plot } from "./plot.ts";
import type { Bench, Row } from "./row.ts";

const SUFFIX = ".bench.ts";

const HELP = `Usage: npm run bench [-- NAME...] [--part PART...] [--json] [--plot FILE.svg]

Measures each figure beside its peer in the same run; every NAME is a file
bench/NAME.bench.ts, and without one all run. Progress goes to standard error.

  --part PART  only this part of each; a bench that has parts names them where it begins
  --json       print one array of rows instead of tables
  --plot FILE  draw them as bars, too: an SVG
`;

function names(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

async function load(name: string): Promise<Bench> {
  const module = (await import(`./${name}${SUFFIX}`)) as { bench: Bench };
  return module.bench;
}

function number(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 4 });
}

function print(rows: readonly Row[]): void {
  const cells = rows.map((row) => [
    row.what,
    `${number(row.value)} ${row.unit}`,
    row.besideValue === null ? "" : `${number(row.besideValue)} ${row.unit} (${row.beside})`,
    row.ratio === null ? "" : `x ${number(row.ratio)}`,
    `±${Math.round(row.spread * 50)} %`,
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  for (const line of cells) {
    const text = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    process.stdout.write(`  ${text.join("  ")}\n`);
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      part: { type: "string", multiple: true },
      json: { type: "boolean" },
      plot: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const known = names();
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`bench: there is no ${unknown}; there are ${known.join(", ")}\n`);
    process.exitCode = 2;
    return;
  }
  const all: Row[] = [];
  for (const name of positionals.length > 0 ? positionals : known) {
    const bench = await load(name);
    const rows = await bench((line) => process.stderr.write(`${name}: ${line}\n`), values.part);
    if (values.json !== true) {
      process.stdout.write(`${name}\n`);
      print(rows);
    }
    all.push(...rows);
  }
  if (values.plot !== undefined) writeFileSync(values.plot, plot(all));
  if (values.json === true) process.stdout.write(`${JSON.stringify(all, undefined, 2)}\n`);
}

await main();
