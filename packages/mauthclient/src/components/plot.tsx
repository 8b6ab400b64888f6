// SPDX-License-Identifier: MIT
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatCompact } from "../ui/format.ts";

export interface Curve {
  readonly label: string;
  readonly tone: "passed" | "refused";
  /** Packets per second, oldest first; null where nobody looked. */
  readonly values: readonly (number | null)[];
}

interface PlotProps {
  /** What a screen reader says instead of the picture. */
  readonly summary: string;
  /** Seconds since the Unix epoch, oldest first. */
  readonly times: readonly number[];
  readonly curves: readonly Curve[];
  readonly height: number;
}

const COLORS = {
  light: { passed: "#1d6870", refused: "#c2410c", text: "#5a636d", grid: "#e9edf0" },
  dark: { passed: "#89c9cf", refused: "#ff9d66", text: "#a3abb4", grid: "#262c32" },
} as const;

/** Curves over the last 15 minutes; new points move in without drawing the page again. */
export function Plot({ summary, times, curves, height }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme("light");
  const data = [times, ...curves.map((curve) => curve.values)] as unknown as uPlot.AlignedData;
  const latest = useRef(data);
  const names = curves.map((curve) => `${curve.tone} ${curve.label}`).join("\n");

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const looks = names.split("\n").map((name) => {
      const tone = name.startsWith("passed") ? "passed" : "refused";
      return { label: name.slice(tone.length + 1), color: COLORS[scheme][tone] };
    });
    const made = new uPlot(optionsOf(looks, scheme, { width: element.clientWidth, height }), latest.current, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names, scheme, height]);

  useEffect(() => {
    latest.current = data;
    plot.current?.setData(data);
  });

  return <div ref={host} role="img" aria-label={summary} style={{ height: height + LEGEND_PX, minWidth: 0 }} />;
}

/** Room of uPlot's legend below the plot, so that nothing moves when it is drawn. */
const LEGEND_PX = 34;

function optionsOf(
  looks: readonly { label: string; color: string }[],
  scheme: "light" | "dark",
  size: { width: number; height: number },
): uPlot.Options {
  const { text, grid } = COLORS[scheme];
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return {
    ...size,
    series: [
      { value: "{HH}:{mm}:{ss}" },
      ...looks.map(({ label, color }) => ({
        label,
        stroke: color,
        width: 1.6,
        fill: `${color}1f`,
        points: { show: false },
        value: (_: uPlot, value: number | null) => (value === null ? "–" : `${formatCompact(value)} pkt/s`),
      })),
    ],
    axes: [
      { ...axis, values: "{HH}:{mm}" },
      { ...axis, size: 60, values: (_, splits) => splits.map((value) => formatCompact(value)) },
    ],
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    cursor: { y: false, drag: { x: false, y: false } },
  };
}
