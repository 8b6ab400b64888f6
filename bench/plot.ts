// SPDX-License-Identifier: MIT
import type { Row } from "./row.ts";

/* Lengths in pixels. */
const WIDTH = 760;
const LABEL_WIDTH = 250;
const VALUE_WIDTH = 110;
const BAR_HEIGHT = 18;
const BAR_GAP = 5;
const HEADING_HEIGHT = 34;
const MARGIN = 16;

const OWN_COLOUR = "#0b6e4f";
const PEER_COLOUR = "#9aa5b1";
const TEXT_COLOUR = "#1f2933";

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly isOwn: boolean;
}

interface Group {
  readonly heading: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

/** Draws rows that have peers as bars, a group for each figure with a scale of its own, as an SVG. */
export function plot(rows: readonly Row[], own = "mauth"): string {
  const groups = groupsOf(rows, own);
  const parts: string[] = [];
  let top = MARGIN;
  for (const group of groups) {
    parts.push(drawGroup(group, top));
    top += heightOf(group);
  }
  const text = `font-family="system-ui, sans-serif" font-size="13" fill="${TEXT_COLOUR}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" ${text}>`,
    `<rect width="${WIDTH}" height="${top}" fill="#fff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function groupsOf(rows: readonly Row[], own: string): Group[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) if (row.besideValue !== null) groups.set(row.what, [...(groups.get(row.what) ?? []), row]);
  return Array.from(groups, ([heading, [first, ...others]]) => ({
    heading,
    unit: first?.unit ?? "",
    bars: [
      { label: own, value: first?.value ?? 0, isOwn: true },
      ...[first, ...others].flatMap((row) =>
        row === undefined ? [] : [{ label: row.beside, value: row.besideValue ?? 0, isOwn: false }],
      ),
    ],
  }));
}

function heightOf({ bars }: Group): number {
  return HEADING_HEIGHT + bars.length * (BAR_HEIGHT + BAR_GAP) + MARGIN;
}

function drawGroup({ heading, unit, bars }: Group, top: number): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH - 2 * MARGIN;
  const lines = bars.map(({ label, value, isOwn }, index) => {
    const y = top + HEADING_HEIGHT + index * (BAR_HEIGHT + BAR_GAP);
    const length = Math.max(1, (value / most) * room).toFixed(1);
    const x = MARGIN + LABEL_WIDTH;
    const middle = y + BAR_HEIGHT - 5;
    return [
      `<text x="${x - 8}" y="${middle}" text-anchor="end">${escape(label)}</text>`,
      `<rect x="${x}" y="${y}" width="${length}" height="${BAR_HEIGHT}" fill="${isOwn ? OWN_COLOUR : PEER_COLOUR}"/>`,
      `<text x="${(x + Number(length) + 6).toFixed(1)}" y="${middle}">${format(value)} ${escape(unit)}</text>`,
    ].join("");
  });
  return [`<text x="${MARGIN}" y="${top + 20}" font-weight="600">${escape(heading)}</text>`, ...lines].join("\n");
}

function format(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
