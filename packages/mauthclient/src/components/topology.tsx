// SPDX-License-Identifier: MIT
import { useMemo, useState } from "react";
import { useData } from "../state/context.tsx";
import { type Layer, layoutTopology, type Topology as Picture, type TopologyNode } from "../state/topology.ts";
import { pageTexts } from "../texts/page-texts.ts";
import { texts } from "../texts/texts.ts";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import classes from "./topology.module.css";

const WIDTH = 1040;
const ROW_PX = 28;
const BOX_HEIGHT_PX = 22;
const TOP_PX = 30;
/** Left edge and width of each layer's boxes. */
const COLUMNS: Record<number, Partial<Record<Layer, readonly [number, number]>>> = {
  3: { network: [0, 230], mrouter: [400, 200], group: [810, 230] },
  4: { network: [0, 180], source: [260, 180], mrouter: [530, 180], group: [820, 220] },
};

interface TopologyProps {
  /** The mrouter whose sources are drawn one by one. */
  readonly focus: string | undefined;
  readonly onFocus: (mrouter: string | undefined) => void;
}

/** Networks, mrouters and groups with the flows between them, in layers; what is pointed at or focused stands out. */
export function Topology({ focus, onFocus }: TopologyProps) {
  const mrouter = useData((data) => data.mrouter);
  const sender = useData((data) => data.sender);
  const denied = useData((data) => data.denied);
  // Counters change all the time; the picture shows only who sends where.
  const shape = useMemo(() => shapeOf({ mrouter, sender, denied }), [mrouter, sender, denied]);
  const picture = useMemo(
    () => layoutTopology({ mrouter, sender, denied }, focus),
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [shape, focus],
  );
  const [pointed, setPointed] = useState<string | null>(null);
  const near = useMemo(() => nearOf(picture, pointed), [picture, pointed]);
  const height = TOP_PX + picture.rows * ROW_PX + 8;
  const columns = COLUMNS[picture.layers.length] ?? {};
  return (
    <ScrollRegion className={classes["scroll"]} label={pageTexts.topology.title}>
      {picture.hidden > 0 && <p className={classes["hidden"]}>{pageTexts.topology.hidden(picture.hidden)}</p>}
      <svg
        className={classes["picture"]}
        viewBox={`0 0 ${WIDTH} ${height}`}
        width={WIDTH}
        height={height}
        data-pointed={pointed !== null || undefined}
        role="group"
        aria-label={pageTexts.topology.summary(mrouter.size)}
      >
        {picture.layers.map((layer) => (
          <text key={layer} className={classes["layer"]} x={columns[layer]?.[0]} y={16}>
            {pageTexts.topology.layers[layer]}
          </text>
        ))}
        <Lines picture={picture} near={near} />
        {picture.nodes.map((node) => (
          <Box
            key={node.id}
            node={node}
            column={columns[node.layer] ?? [0, 0]}
            isNear={near.has(node.id)}
            onPoint={setPointed}
            onOpen={
              node.layer === "mrouter" ? () => onFocus(focus === undefined ? node.id.slice(2) : undefined) : undefined
            }
          />
        ))}
      </svg>
    </ScrollRegion>
  );
}

function Lines({ picture, near }: { picture: Picture; near: ReadonlySet<string> }) {
  const columns = COLUMNS[picture.layers.length] ?? {};
  const byId = new Map(picture.nodes.map((node) => [node.id, node]));
  return picture.links.map(({ from, to, tone }) => {
    const [left, right] = [byId.get(from), byId.get(to)];
    if (left === undefined || right === undefined) return null;
    const [start = 0, width = 0] = columns[left.layer] ?? [];
    const [end = 0] = columns[right.layer] ?? [];
    const [x1, y1, x2, y2] = [start + width, middleOf(left), end, middleOf(right)];
    const bend = (x2 - x1) / 2;
    return (
      <path
        key={`${from}>${to}`}
        className={classes["line"]}
        data-tone={tone}
        data-near={(near.has(from) && near.has(to)) || undefined}
        d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}
      />
    );
  });
}

interface BoxProps {
  readonly node: TopologyNode;
  readonly column: readonly [number, number];
  readonly isNear: boolean;
  readonly onPoint: (id: string | null) => void;
  readonly onOpen: (() => void) | undefined;
}

function Box({ node, column, isNear, onPoint, onOpen }: BoxProps) {
  const [x, width] = column;
  const y = middleOf(node) - BOX_HEIGHT_PX / 2;
  const count = pageTexts.topology.counts(node.permitted, node.refused);
  const state = node.state === undefined ? "" : texts.mrouters.states[node.state];
  const name = [node.label, state, count].filter((part) => part !== "").join(", ");
  const isTroubled = node.state !== undefined && node.state !== "online" && node.state !== "connecting";
  return (
    <>
      <g
        className={classes["box"]}
        data-layer={node.layer}
        data-near={isNear || undefined}
        data-troubled={isTroubled || undefined}
        data-refused={(node.permitted === 0 && node.refused > 0) || undefined}
        tabIndex={0}
        role={onOpen === undefined ? "img" : "button"}
        aria-label={name}
        onMouseEnter={() => onPoint(node.id)}
        onMouseLeave={() => onPoint(null)}
        onFocus={() => onPoint(node.id)}
        onBlur={() => onPoint(null)}
        onClick={onOpen}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          onOpen?.();
        }}
      >
        <title>{name}</title>
        <rect x={x} y={y} width={width} height={BOX_HEIGHT_PX} rx={5} />
        <text x={x + 8} y={y + 15}>
          {node.label}
        </text>
      </g>
      <text className={classes["count"]} aria-hidden x={x + width - 8} y={y + 15} textAnchor="end">
        {node.permitted > 0 && <tspan>{node.permitted}</tspan>}
        {node.refused > 0 && (
          <tspan className={classes["refusedCount"]}> {pageTexts.topology.refusedMark(node.refused)}</tspan>
        )}
      </text>
    </>
  );
}

function middleOf(node: TopologyNode): number {
  return TOP_PX + (node.row + 0.5) * ROW_PX;
}

/** A box with everything that is on a path through it. */
function nearOf(picture: Picture, pointed: string | null): ReadonlySet<string> {
  const near = new Set<string>();
  if (pointed === null) return near;
  near.add(pointed);
  for (const [end, other] of [
    ["from", "to"],
    ["to", "from"],
  ] as const) {
    let edge = [pointed];
    while (edge.length > 0) {
      const next = picture.links.filter((link) => edge.includes(link[end]) && !near.has(link[other]));
      edge = next.map((link) => link[other]);
      for (const id of edge) near.add(id);
    }
  }
  return near;
}

/** What the picture depends on, as text. */
function shapeOf(data: Parameters<typeof layoutTopology>[0]): string {
  const mrouters = Array.from(data.mrouter.values(), (one) => `${one.id} ${one.state} ${one.networks.join(" ")}`);
  return [mrouters.join(), [...data.sender.keys()].join(), [...data.denied.keys()].join()].join("\n");
}
