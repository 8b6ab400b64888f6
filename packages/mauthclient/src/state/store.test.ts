// SPDX-License-Identifier: MIT
import type { AnyCommand } from "@mauth/protocol/api";
import { describe, expect, it } from "vitest";
import { add, denied, grant, NOW_MS, remove, resumed, sender, session, snapshotEnd } from "../../test/samples.ts";
import { applyCommands, EMPTY_STATE, type Feed, openFeed } from "./store.ts";

const BLANK: Feed = { shown: EMPTY_STATE, incoming: null };

function apply(feed: Feed, commands: AnyCommand[], atMs = NOW_MS): Feed {
  return applyCommands(
    feed,
    commands.map((command) => ({ command, atMs })),
  );
}

describe("push feed", () => {
  it("shows nothing of a snapshot before it is complete", () => {
    const feed = apply(openFeed(BLANK), [add("session", session())]);
    expect(feed.shown.session.size).toBe(0);
    expect(apply(feed, [snapshotEnd]).shown.session.size).toBe(1);
  });

  it("keeps what was shown while a reconnect receives its snapshot, then forgets what is gone", () => {
    const before = apply(openFeed(BLANK), [add("grant", grant()), snapshotEnd]);
    const during = apply(openFeed(before), [add("session", session())]);
    expect([during.shown.grant.size, during.shown.session.size]).toEqual([1, 0]);
    const after = apply(during, [snapshotEnd]);
    expect([after.shown.grant.size, after.shown.session.size]).toEqual([0, 1]);
  });

  it("keeps what is logged when a feed is resumed, and of the rest only what is told again", () => {
    const other = session({ id: "00000000000000b2", title: "Stage right I/O" });
    const before = apply(openFeed(BLANK), [
      add("session", session()),
      add("session", other),
      add("grant", grant()),
      add("denied", denied()),
      add("sender", sender()),
      snapshotEnd,
    ]);
    const during = apply(openFeed(before), [resumed, remove("session", other.id), add("sender", sender())]);
    expect(during.shown).toBe(before.shown);
    const { shown } = apply(during, [snapshotEnd]);
    expect([...shown.session.keys()]).toEqual([session().id]);
    expect(shown.session.get(session().id)).toBe(before.shown.session.get(session().id));
    expect([shown.grant.size, shown.denied.size, shown.sender.size]).toEqual([0, 0, 1]);
  });

  it("applies changes that follow the snapshot in the same batch", () => {
    const id = session().id;
    const feed = apply(openFeed(BLANK), [add("session", session()), snapshotEnd, remove("session", id)]);
    expect(feed.shown.session.size).toBe(0);
    expect(feed.incoming).toBeNull();
  });

  it("replaces an entity that is added again", () => {
    const first = apply(openFeed(BLANK), [add("grant", grant({ maxTtl: 15 })), snapshotEnd]);
    const second = apply(first, [add("grant", grant({ maxTtl: 31 }))]);
    expect([...second.shown.grant.values()].map((one) => one.maxTtl)).toEqual([31]);
  });

  it("does not touch maps and older states that a batch does not concern", () => {
    const first = apply(openFeed(BLANK), [add("grant", grant()), snapshotEnd]);
    const second = apply(first, [add("session", session())]);
    expect(second.shown.grant).toBe(first.shown.grant);
    expect(first.shown.session.size).toBe(0);
  });

  it("ignores the removal of what it never knew", () => {
    const first = apply(openFeed(BLANK), [snapshotEnd]);
    expect(apply(first, [remove("session", "nobody")]).shown.session).toBe(first.shown.session);
  });

  it("passes over entities that no page shows", () => {
    const first = apply(openFeed(BLANK), [snapshotEnd]);
    const other = { rev: 99, type: "add", entity: "other", value: { id: "x" } } as unknown as AnyCommand;
    expect(apply(first, [other]).shown).toBe(first.shown);
  });

  it("remembers the greatest revision, its log and the difference between the clocks", () => {
    const feed = apply(openFeed(BLANK), [snapshotEnd, add("grant", grant(), 12)], NOW_MS - 250);
    expect(feed.shown.revision).toBe(12);
    expect(feed.shown.server).toEqual({ version: "0.1.0", log: "log-1", clockOffsetMs: 250 });
  });

  it("meters counters and forgets the meters of what is removed", () => {
    const feed = apply(openFeed(BLANK), [add("sender", sender()), add("denied", denied()), snapshotEnd]);
    expect(feed.shown.meters.size).toBe(2);
    const less = apply(feed, [remove("denied", denied().id)]);
    expect([...less.shown.meters.keys()]).toEqual([sender().id]);
    expect(apply(openFeed(less), [snapshotEnd]).shown.meters.size).toBe(0);
  });
});
