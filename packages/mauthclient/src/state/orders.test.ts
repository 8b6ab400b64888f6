// SPDX-License-Identifier: MIT
import { expect, it } from "vitest";
import { FakeRest } from "../../test/fake-rest.ts";
import { grant } from "../../test/samples.ts";
import { Api } from "./api.ts";
import { carryOut, inputOf, type Order, SINGLE_ORDERS_MAX } from "./orders.ts";
import type { Outcome, SenderCommand } from "./rpc.ts";

function setUp(answer: () => { status?: number; body?: unknown }, outcome: Outcome = "ack") {
  const rest = new FakeRest();
  rest.on("POST /grants/bulk", answer);
  const sent: SenderCommand[] = [];
  const call = (command: SenderCommand): Promise<Outcome> => {
    sent.push(command);
    return Promise.resolve(outcome);
  };
  return { rest, sent, means: { call, api: new Api(rest.fetch) } };
}

const permit = (part: Parameters<typeof grant>[0] = {}): Order => ({ kind: "permit", input: inputOf(grant(part)) });
const ACKS = (count: number) => () => ({
  body: { results: Array.from({ length: count }, () => ({ outcome: "ack" })) },
});

it("sends a few plain orders as 11 bytes and the others together", async () => {
  const { rest, sent, means } = setUp(ACKS(1));
  const settled = await carryOut([permit(), permit({ source: "0.0.0.0" })], means);
  expect(sent).toEqual([{ command: "add", source: "192.0.2.10", group: "233.252.0.1", maxTtl: 15 }]);
  expect(rest.asked.map((one) => one.path)).toEqual(["/grants/bulk"]);
  expect(settled.map((one) => one.outcome)).toEqual(["ack", "ack"]);
});

it("sends many orders in one request", async () => {
  const many = Array.from({ length: SINGLE_ORDERS_MAX + 1 }, (_, at) => permit({ source: `192.0.2.${at + 1}` }));
  const { rest, sent, means } = setUp(ACKS(many.length));
  await carryOut(many, means);
  expect(sent).toEqual([]);
  expect(rest.asked).toHaveLength(1);
});

it("does not overwrite limits with 11 bytes that cannot carry them", async () => {
  const { sent, means } = setUp(ACKS(1));
  const known = grant({ expiresAt: 1_900_000_000_000 });
  await carryOut([{ kind: "permit", input: inputOf(grant({ maxTtl: 31 })), known }], means);
  expect(sent).toEqual([]);
});

it("revokes a limited grant of one pair with 11 bytes, and that of a session by REST", async () => {
  const { rest, sent, means } = setUp(ACKS(1));
  const followed = grant({ id: "192.0.2.10>session:00000000000000a1", group: "session", session: "00000000000000a1" });
  const orders = [grant({ reason: "x" }), followed].map((one): Order => ({ kind: "revoke", grant: one }));
  await carryOut(orders, means);
  expect(sent.map((one) => one.command)).toEqual(["remove"]);
  expect(rest.asked[0]?.body).toEqual({ permit: [], revoke: [followed.id] });
});

it.each([
  ["no answer", () => Promise.reject(new Error("down")), "unknown"],
  [
    "an answer that makes no sense",
    () => Promise.resolve({ status: 200, text: () => Promise.resolve("<html>") }),
    "unknown",
  ],
] as const)("never tells %s as success or failure", async (_, fetch, outcome) => {
  const settled = await carryOut([permit({ reason: "x" })], {
    call: () => Promise.resolve("ack" as const),
    api: new Api(fetch),
  });
  expect(settled.map((one) => one.outcome)).toEqual([outcome]);
});

it("keeps the sentence of each refusal", async () => {
  const results = [{ outcome: "ack" }, { outcome: "error", error: "the filter of edge-1 is full" }];
  const { means } = setUp(() => ({ body: { results } }));
  const settled = await carryOut([permit({ reason: "x" }), permit({ source: "192.0.2.11", reason: "x" })], means);
  expect(settled[1]).toMatchObject({ outcome: "error", sentence: "the filter of edge-1 is full" });
});
