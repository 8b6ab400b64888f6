// SPDX-License-Identifier: MIT
import { useEffect, useRef, useState } from "react";
import * as z from "zod/mini";
import type { Api, Changed, Reply } from "../state/api.ts";
import { useApi } from "../state/context.tsx";
import { type FieldChange, fieldChanges } from "../state/diff.ts";

type Body = Readonly<Record<string, unknown>>;

/** What somebody else made of it since it was shown. */
export interface Meanwhile {
  /** Null when it is not known who. */
  readonly by: string | null;
  readonly isGone: boolean;
  readonly changes: readonly FieldChange[];
}

const Read = z.record(z.string(), z.unknown());

/**
 * Which version of something a dialog shows, so that nobody overwrites what another changed meanwhile. `path` is where it is read, null
 * where nothing is there yet; `shown` are the fields that the dialog began with.
 */
export function useSeen(path: string | null, shown: Body = {}) {
  const api = useApi();
  const [first] = useState(shown);
  const [meanwhile, setMeanwhile] = useState<Meanwhile | null>(null);
  const reading = useRef<Promise<Reply<Body>>>(undefined);
  useEffect(() => {
    if (path === null) return;
    reading.current = read(api, path);
    // What is shown may be older than what is there: a list is not read again while it is looked at.
    void reading.current.then((reply) => {
      const changes = reply.outcome === "ok" ? fieldChanges(first, fieldsOf(reply.value, first)) : [];
      if (changes.length > 0) setMeanwhile({ by: null, isGone: false, changes });
    });
  }, [api, path, first]);
  /** True when the change was refused for what another changed; the next try is about that. */
  const isOutdated = (reply: Reply<unknown>): boolean => {
    if (reply.outcome !== "refused" || reply.status !== 412 || path === null) return false;
    setMeanwhile(meanwhileOf(reply.changed));
    reading.current = read(api, path);
    return true;
  };
  const ifMatch = async (): Promise<string | undefined> => {
    const reply = await reading.current;
    return reply?.outcome === "ok" ? reply.tag : undefined;
  };
  return { meanwhile, ifMatch, isOutdated };
}

function read(api: Api, path: string): Promise<Reply<Body>> {
  return api.get(path, Read);
}

/** Those fields that `like` has. */
function fieldsOf(body: Body, like: Body): Body {
  return Object.fromEntries(Object.keys(like).map((field) => [field, body[field]]));
}

function meanwhileOf(changed: Changed | undefined): Meanwhile {
  if (changed === undefined) return { by: null, isGone: false, changes: [] };
  const { by, before, after } = changed;
  return { by, isGone: after === null, changes: fieldChanges(decisionOf(before), decisionOf(after)) };
}

/** The log keeps an announcement beside what is sent of it. */
function decisionOf(body: Body | null): Body | null {
  const announcement = Read.safeParse(body?.["announcement"]);
  return announcement.success ? announcement.data : body;
}
