// SPDX-License-Identifier: MIT
import { parseAddress, parseAddressPrefix, prefixContainsAddress } from "@mauth/protocol/address";
import type { Mrouter } from "@mauth/protocol/api";
import type { State } from "./store.ts";

export type Layer = "network" | "source" | "mrouter" | "group";

/** One box of the picture. */
export interface TopologyNode {
  readonly id: string;
  readonly layer: Layer;
  readonly label: string;
  /** Senders permitted and refused that run through it. */
  readonly permitted: number;
  readonly refused: number;
  /** Of an mrouter. */
  readonly state?: Mrouter["state"];
  /** From the top, in rows. */
  readonly row: number;
}

export interface TopologyLink {
  readonly from: string;
  readonly to: string;
  /** Refused where nothing passes. */
  readonly tone: "permitted" | "refused" | "none";
}

export interface Topology {
  readonly layers: readonly Layer[];
  readonly nodes: readonly TopologyNode[];
  readonly links: readonly TopologyLink[];
  readonly rows: number;
  /** Groups and sources that have no box of their own. */
  readonly hidden: number;
}

/** Boxes of a layer; the least busy beyond are counted, not drawn. */
export const GROUPS_MAX = 60;
export const SOURCES_MAX = 80;

interface Flow {
  readonly mrouter: string;
  readonly source: string;
  readonly group: string;
  readonly isPermitted: boolean;
}

/** Boxes and lines of the whole network, or with `focus` of one mrouter with its sources one by one. */
export function layoutTopology(data: Pick<State, "mrouter" | "sender" | "denied">, focus?: string): Topology {
  const mrouters = [...data.mrouter.values()]
    .filter((mrouter) => focus === undefined || mrouter.id === focus)
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const names = new Set(mrouters.map((mrouter) => mrouter.id));
  const flows = flowsOf(data).filter((flow) => names.has(flow.mrouter));
  const builder = new Builder();
  for (const mrouter of mrouters) builder.addMrouter(mrouter, flows, focus !== undefined);
  return builder.finish(
    focus === undefined ? ["network", "mrouter", "group"] : ["network", "source", "mrouter", "group"],
  );
}

function flowsOf({ sender, denied }: Pick<State, "sender" | "denied">): Flow[] {
  return [
    ...Array.from(sender.values(), (one) => ({ ...one, isPermitted: true })),
    ...Array.from(denied.values(), (one) => ({ ...one, isPermitted: false })),
  ];
}

interface Box {
  readonly id: string;
  readonly layer: Layer;
  readonly label: string;
  permitted: number;
  refused: number;
  readonly state?: Mrouter["state"];
}

/** Collects boxes and lines, then gives each box its row. */
class Builder {
  readonly #boxes = new Map<string, Box>();
  readonly #links = new Map<string, TopologyLink>();

  addMrouter(mrouter: Mrouter, all: readonly Flow[], hasSources: boolean): void {
    const flows = all.filter((flow) => flow.mrouter === mrouter.id);
    const prefixes = mrouter.networks.map((text) => ({ text, prefix: parseAddressPrefix(text) }));
    const own = this.#box({ id: `m|${mrouter.id}`, layer: "mrouter", label: mrouter.name, state: mrouter.state });
    for (const { text } of prefixes) this.#link(this.#box(networkOf(mrouter, text)), own, "none");
    for (const flow of flows) {
      const source = parseAddress(flow.source);
      const home = prefixes.find(
        ({ prefix }) => prefix !== undefined && source !== undefined && prefixContainsAddress(prefix, source),
      );
      const tone = flow.isPermitted ? "permitted" : "refused";
      const path = [
        ...(home === undefined ? [] : [this.#box(networkOf(mrouter, home.text))]),
        ...(hasSources ? [this.#box({ id: `s|${flow.source}`, layer: "source", label: flow.source })] : []),
        own,
        this.#box({ id: `g|${flow.group}`, layer: "group", label: flow.group }),
      ];
      for (const box of path) box[tone]++;
      for (const [at, box] of path.entries()) {
        const next = path[at + 1];
        if (next !== undefined) this.#link(box, next, tone);
      }
    }
    // With sources between them, a network that has some needs no line of its own.
    if (hasSources) for (const { text } of prefixes) this.#unlinkEmpty(`n|${mrouter.id}|${text}`, own.id);
  }

  finish(layers: readonly Layer[]): Topology {
    const left = this.#place("network", () => 0);
    const sources = this.#keep("source", SOURCES_MAX);
    const groups = this.#keep("group", GROUPS_MAX);
    const mrouters = this.#place("mrouter", (box) => this.#mean(box, left));
    const drawn = new Map([...left, ...mrouters, ...this.#order(sources, left)]);
    for (const [id, row] of this.#order(groups, mrouters)) drawn.set(id, row);
    const nodes = [...this.#boxes.values()].flatMap((box): TopologyNode[] => {
      const row = drawn.get(box.id);
      return row === undefined ? [] : [{ ...box, row }];
    });
    const links = [...this.#links.values()].filter((link) => drawn.has(link.from) && drawn.has(link.to));
    const rows = Math.max(1, ...layers.map((layer) => nodes.filter((node) => node.layer === layer).length));
    return { layers, nodes: spread(nodes, rows), links, rows, hidden: this.#boxes.size - nodes.length };
  }

  #box(box: Omit<Box, "permitted" | "refused">): Box {
    const known = this.#boxes.get(box.id);
    if (known !== undefined) return known;
    const made = { ...box, permitted: 0, refused: 0 };
    this.#boxes.set(box.id, made);
    return made;
  }

  #link(from: Box, to: Box, tone: TopologyLink["tone"]): void {
    const id = `${from.id}>${to.id}`;
    const known = this.#links.get(id)?.tone;
    if (known === "permitted" || (known === "refused" && tone === "none")) return;
    this.#links.set(id, { from: from.id, to: to.id, tone });
  }

  #unlinkEmpty(network: string, mrouter: string): void {
    const box = this.#boxes.get(network);
    if (box !== undefined && box.permitted + box.refused > 0) this.#links.delete(`${network}>${mrouter}`);
  }

  #inLayer(layer: Layer): Box[] {
    return [...this.#boxes.values()].filter((box) => box.layer === layer);
  }

  /** The busiest boxes of a layer. */
  #keep(layer: Layer, max: number): Box[] {
    return this.#inLayer(layer)
      .sort((a, b) => b.permitted + b.refused - (a.permitted + a.refused) || (a.label < b.label ? -1 : 1))
      .slice(0, max);
  }

  #place(layer: Layer, orderOf: (box: Box) => number): Map<string, number> {
    const boxes = this.#inLayer(layer).map((box) => ({ box, order: orderOf(box) }));
    return new Map(boxes.sort((a, b) => a.order - b.order).map(({ box }, row) => [box.id, row]));
  }

  /** Rows of boxes near those they hang on, which keeps lines short and crossings few. */
  #order(boxes: readonly Box[], rows: ReadonlyMap<string, number>): Map<string, number> {
    const means = boxes.map((box) => ({ box, mean: this.#mean(box, rows) }));
    return new Map(means.sort((a, b) => a.mean - b.mean).map(({ box }, row) => [box.id, row]));
  }

  #mean(box: Box, rows: ReadonlyMap<string, number>): number {
    const near = [...this.#links.values()]
      .filter((link) => link.to === box.id)
      .flatMap((link) => rows.get(link.from) ?? []);
    return near.length === 0 ? Number.MAX_SAFE_INTEGER : near.reduce((sum, row) => sum + row, 0) / near.length;
  }
}

function networkOf(mrouter: Mrouter, network: string): Omit<Box, "permitted" | "refused"> {
  return { id: `n|${mrouter.id}|${network}`, layer: "network", label: network };
}

/** Stretches each layer over all rows, so that a short one stands beside the middle of a long one. */
function spread(nodes: readonly TopologyNode[], rows: number): TopologyNode[] {
  const counts = new Map<Layer, number>();
  for (const node of nodes) counts.set(node.layer, (counts.get(node.layer) ?? 0) + 1);
  return nodes.map((node) => {
    const step = rows / (counts.get(node.layer) ?? 1);
    return { ...node, row: (node.row + 0.5) * step - 0.5 };
  });
}
