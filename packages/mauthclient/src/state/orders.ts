// SPDX-License-Identifier: MIT
import { BulkResult, type Grant, type GrantInput } from "@mauth/protocol/api";
import type { Api } from "./api.ts";
import { isHostPair, isPlain } from "./coverage.ts";
import type { Outcome, SenderCommand } from "./rpc.ts";

/** One decision; `known` is the grant that a permit replaces. */
export type Order =
  | { readonly kind: "permit"; readonly input: GrantInput; readonly known?: Grant | undefined }
  | { readonly kind: "revoke"; readonly grant: Grant };

export interface Settled {
  readonly order: Order;
  readonly outcome: Outcome;
  /** Why, when mauthserver said so. */
  readonly sentence?: string;
}

/** What orders are carried out with. */
export interface Means {
  readonly call: (command: SenderCommand) => Promise<Outcome>;
  readonly api: Api;
}

/** More orders than this go together in one request. */
export const SINGLE_ORDERS_MAX = 16;
/** Orders in one request. */
const BULK_ORDERS_MAX = 1000;

/** The grant without what mauthserver adds to it: enough to make it again. */
export function inputOf(grant: Grant): GrantInput {
  const { source, group, session, maxTtl, rate, binding, expiresAt, reason } = grant;
  return {
    source,
    group,
    maxTtl,
    ...(session === undefined ? {} : { session }),
    ...(rate === undefined ? {} : { rate }),
    ...(binding === undefined ? {} : { binding }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** The id that the grant of `input` gets. */
export function grantIdOf(input: Pick<GrantInput, "source" | "group" | "session">): string {
  return `${input.source}>${input.group === "session" ? `session:${input.session ?? ""}` : input.group}`;
}

/** Carries out decisions: a few plain ones with the paper's 11 bytes, which are the quickest, all others in bulk by REST. */
export async function carryOut(
  orders: readonly Order[],
  { call, api }: Means,
  onSettled: () => void = () => undefined,
): Promise<Settled[]> {
  const isFew = orders.length <= SINGLE_ORDERS_MAX;
  const single = orders.filter((order) => isFew && isPlainOrder(order));
  const bulk = orders.filter((order) => !single.includes(order));
  const settled = single.map(async (order): Promise<Settled> => {
    const outcome = await call(commandOf(order));
    onSettled();
    return { order, outcome };
  });
  return (await Promise.all([Promise.all(settled), inBulk(bulk, api, onSettled)])).flat();
}

function isPlainOrder(order: Order): boolean {
  if (order.kind === "revoke") return isHostPair(order.grant);
  // Eleven bytes could not say whether the limits of the grant in force stay.
  return isPlain(order.input) && (order.known === undefined || isPlain(order.known));
}

function commandOf(order: Order): SenderCommand {
  const { source, group, maxTtl } = order.kind === "permit" ? order.input : order.grant;
  return { command: order.kind === "permit" ? "add" : "remove", source, group, maxTtl };
}

async function inBulk(orders: readonly Order[], api: Api, onSettled: () => void): Promise<Settled[]> {
  const settled: Settled[] = [];
  for (let at = 0; at < orders.length; at += BULK_ORDERS_MAX) {
    const part = await oneRequest(orders.slice(at, at + BULK_ORDERS_MAX), api);
    for (const _ of part) onSettled();
    settled.push(...part);
  }
  return settled;
}

async function oneRequest(orders: readonly Order[], api: Api): Promise<Settled[]> {
  const permits = orders.filter((order) => order.kind === "permit");
  const revokes = orders.filter((order) => order.kind === "revoke");
  const body = { permit: permits.map((order) => order.input), revoke: revokes.map((order) => order.grant.id) };
  const reply = await api.send("POST", "/grants/bulk", { body, schema: BulkResult });
  const all = [...permits, ...revokes];
  if (reply.outcome === "unknown") return all.map((order) => ({ order, outcome: "unknown" }));
  if (reply.outcome === "refused") return all.map((order) => ({ order, outcome: "error", sentence: reply.sentence }));
  return all.map((order, index) => {
    const { outcome = "unknown", error } = reply.value.results[index] ?? {};
    return { order, outcome, ...(error === undefined ? {} : { sentence: error }) };
  });
}
