// SPDX-License-Identifier: MIT
import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { Sender } from "../grants/sender.ts";
import { sendersOf } from "../grants/grant.ts";
import { formatSenderKey } from "../sender-key.ts";
import { SenderTally } from "./tally.ts";
import { Ledger } from "./ledger.ts";
import type { Base, Line, Settlement, Ticket } from "./ledger.ts";

function sender(last: number, maxTtl = 16): Sender {
  return sendersOf({ id: `192.0.2.${last}>233.252.0.1`, maxTtl })[0]!;
}

function baseOf(decided: () => ReadonlyMap<string, Sender>): Base {
  return { find: (key) => decided().get(key), senders: (isWanted) => [...decided().values()].filter(isWanted) };
}

describe("the ledger of an mrouter", () => {
  let shown: string[];
  let ledger: Ledger;
  beforeEach(() => {
    shown = [];
    const onChange = ({ sender: { key, maxTtl }, state, error }: Line) => {
      shown.push([key.split(">")[0]?.slice(8), maxTtl, state, error].filter((part) => part !== undefined).join(" "));
    };
    ledger = new Ledger({ onChange });
  });

  /** Wishes, and returns the list to which the settlement is added. */
  function want(wish: Sender): Settlement[] {
    const settlements: Settlement[] = [];
    ledger.want(wish, undefined, (settlement) => settlements.push(settlement));
    return settlements;
  }
  function take(): Ticket {
    return ledger.take(1)[0]!;
  }

  it("holds a wish until the mrouter acknowledges it", () => {
    const settlements = want(sender(1));
    expect(ledger).toMatchObject({ pending: 1, decided: 1 });
    ledger.settle(take(), "ack");
    expect(settlements).toEqual([{ state: "ack" }]);
    expect(ledger).toMatchObject({ pending: 0, decided: 1 });
    expect(ledger.find(sender(1).key)?.state).toBe("enforced");
    expect(shown).toEqual(["1 16 enforced"]);
  });

  it("keeps a wish pending when the outcome is unknown, and offers it again", () => {
    const settlements = want(sender(1));
    ledger.settle(take(), "unknown");
    expect(settlements).toEqual([]);
    expect(take().sender).toEqual(sender(1));
  });

  it("hands removals out first", () => {
    want(sender(1));
    want(sender(2));
    want(sender(3, 0));
    expect(ledger.take(9).map((ticket) => ticket.sender.key.slice(0, 9))).toEqual([
      "192.0.2.3",
      "192.0.2.1",
      "192.0.2.2",
    ]);
  });

  it("hands a sender out once at a time", () => {
    want(sender(1));
    const ticket = take();
    want(sender(1, 8));
    expect(ledger.take(9)).toEqual([]);
    ledger.settle(ticket, "ack");
    expect(take().sender.maxTtl).toBe(8);
  });

  it("does not take the acknowledgement of a replaced wish for one of the new wish", () => {
    const first = want(sender(1, 16));
    const ticket = take();
    const second = want(sender(1, 0));
    expect(first).toEqual([{ state: "superseded" }]);
    ledger.settle(ticket, "ack");
    expect(second).toEqual([]);
    ledger.settle(take(), "ack");
    expect(second).toEqual([{ state: "ack" }]);
  });

  it("forgets a sender whose removal is acknowledged", () => {
    want(sender(1, 0));
    ledger.settle(take(), "ack");
    expect(ledger.find(sender(1).key)).toBe(undefined);
    expect(ledger).toMatchObject({ pending: 0, decided: 0 });
    expect(shown).toEqual(["1 0 enforced"]);
  });

  it("says why a wish failed, and counts it until it is mended", () => {
    const settlements = want(sender(1));
    ledger.settle(take(), "full");
    expect(settlements).toEqual([{ state: "error", code: "full" }]);
    expect(ledger.find(sender(1).key)).toMatchObject({ state: "failed", error: "full" });
    expect(ledger).toMatchObject({ failed: 1, pending: 0 });
    ledger.settle(ledger.takeNext()!, "ack");
    expect(ledger).toMatchObject({ failed: 0, pending: 0 });
    expect(shown).toEqual(["1 16 failed full", "1 16 enforced"]);
  });

  it("settles everybody who wished the same", () => {
    const all = [want(sender(1)), want(sender(1)), want(sender(1))];
    ledger.settle(take(), "ack");
    expect(all).toEqual([[{ state: "ack" }], [{ state: "ack" }], [{ state: "ack" }]]);
  });

  it("asserts an enforced sender again for who wishes it again", () => {
    want(sender(1));
    ledger.settle(take(), "ack");
    const again = want(sender(1));
    expect(again).toEqual([]);
    ledger.settle(take(), "ack");
    expect(again).toEqual([{ state: "ack" }]);
  });

  it("goes round all settled senders, one after the other", () => {
    for (const last of [1, 2, 3]) want(sender(last));
    for (const ticket of ledger.take(3)) ledger.settle(ticket, "ack");
    const round = Array.from({ length: 7 }, () => {
      const ticket = ledger.takeNext()!;
      ledger.settle(ticket, "ack");
      return ticket.sender.key.at(8);
    });
    expect(round).toEqual(["1", "2", "3", "1", "2", "3", "1"]);
    expect(new Ledger().takeNext()).toBe(undefined);
  });

  it("doubts everything at once", () => {
    for (const last of [1, 2]) want(sender(last));
    for (const ticket of ledger.take(2)) ledger.settle(ticket, "ack");
    ledger.doubt();
    expect(ledger).toMatchObject({ pending: 2, decided: 2 });
    expect(shown.slice(2)).toEqual(["1 16 pending", "2 16 pending"]);
  });

  it("counts what is decided over every change", () => {
    want(sender(1));
    want(sender(1, 8));
    want(sender(2));
    want(sender(2, 0));
    expect(ledger.decided).toBe(1);
    want(sender(2, 4));
    expect(ledger.decided).toBe(2);
  });
});

describe("a ledger whose decisions are kept elsewhere", () => {
  let decided: Map<string, Sender>;
  let tally: SenderTally;
  let ledger: Ledger;
  beforeEach(() => {
    decided = new Map();
    tally = new SenderTally();
    ledger = new Ledger({ base: baseOf(() => decided), tally });
  });

  function want(wish: Sender): void {
    const before = decided.get(wish.key);
    if (wish.maxTtl === 0) decided.delete(wish.key);
    else decided.set(wish.key, wish);
    ledger.want(wish, before);
  }
  function doubt(key: string): void {
    const line = ledger.find(key);
    if (line) ledger.doubtOne(line.sender);
  }
  const states = () => Array.from(ledger.lines(), ({ sender: { key }, state }) => `${key.at(8)} ${state}`).sort();

  it("sends nothing at the start, and believes in what it was not told only when it is assured", () => {
    for (const last of [1, 2]) decided.set(sender(last).key, sender(last));
    for (const one of decided.values()) ledger.restore(one);
    expect([ledger.pending, ledger.decided, ledger.take(9)]).toEqual([0, 2, []]);
    expect(states()).toEqual(["1 pending", "2 pending"]);
    expect([ledger.assure(), ledger.assure()]).toEqual([true, false]);
    expect(states()).toEqual(["1 enforced", "2 enforced"]);
  });

  it("shows the lines of the senders that are wanted, kept or only decided", () => {
    decided.set(sender(1).key, sender(1));
    decided.set(sender(2).key, sender(2));
    want(sender(3));
    want(sender(4));
    const wanted = [sender(2).key, sender(4).key];
    const lines = ledger.lines(({ source, group }) => wanted.includes(formatSenderKey(source, group)));
    expect(Array.from(lines, (line) => line.sender.key).sort()).toEqual(wanted.sort());
  });

  it("keeps a line only until it is as decided", () => {
    ledger.assure();
    want(sender(1));
    expect(states()).toEqual(["1 pending"]);
    ledger.settle(ledger.take(1)[0]!, "ack");
    expect(states()).toEqual(["1 enforced"]);
    want(sender(1, 0));
    expect(states()).toEqual(["1 pending"]);
    ledger.settle(ledger.take(1)[0]!, "ack");
    expect(states()).toEqual([]);
  });

  it("does not count what was refused as held, until it is accepted", () => {
    want(sender(1));
    ledger.settle(ledger.take(1)[0]!, "full");
    expect([tally.digest.summary.entryCount, ledger.decided, ledger.hasFailed("full")]).toEqual([0, 1, true]);
    ledger.settle(ledger.takeFailed(1)[0]!, "ack");
    expect([tally.digest.summary.entryCount, ledger.decided, ledger.hasFailed("full")]).toEqual([1, 1, false]);
  });

  it("counts what the kernel shall hold, whatever is wished, refused, lost and doubted", () => {
    const step = fc.record({
      last: fc.integer({ min: 1, max: 4 }),
      maxTtl: fc.integer({ min: 0, max: 3 }),
      what: fc.constantFrom("want", "want", "take", "ack", "full", "unknown", "retry", "doubt"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        decided = new Map();
        tally = new SenderTally();
        ledger = new Ledger({ base: baseOf(() => decided), tally });
        const tickets: Ticket[] = [];
        for (const { last, maxTtl, what } of steps) {
          const ticket = what === "ack" || what === "full" || what === "unknown" ? tickets.shift() : undefined;
          if (what === "want") want(sender(last, maxTtl));
          else if (what === "take") tickets.push(...ledger.take(1));
          else if (what === "retry") tickets.push(...ledger.takeFailed(1));
          else if (what === "doubt") doubt(sender(last).key);
          else if (ticket) ledger.settle(ticket, what);
          const wanted = new SenderTally();
          for (const one of decided.values()) if (ledger.find(one.key)?.state !== "failed") wanted.add(one);
          expect(tally.digest.summary).toEqual(wanted.digest.summary);
          expect(ledger.decided).toBe(decided.size);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
