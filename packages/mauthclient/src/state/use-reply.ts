// SPDX-License-Identifier: MIT
import { useCallback, useEffect, useState } from "react";
import type * as z from "zod/mini";
import type { Reply } from "./api.ts";
import { useApi } from "./context.tsx";

interface Known<Value> {
  readonly path: string;
  /** Names the request that it answers. */
  readonly key: string;
  readonly reply: Reply<Value>;
}

/**
 * Reads `path` of the REST interface, again when it or `version` changes. `reply` is null until the first answer for this path; while
 * a newer one is fetched, the last one stays, so that nothing flickers. `schema` must keep its identity.
 */
export function useReply<Schema extends z.ZodMiniType>(path: string, schema: Schema, version: string | number = 0) {
  const api = useApi();
  const [known, setKnown] = useState<Known<z.infer<Schema>> | null>(null);
  const [asked, setAsked] = useState(0);
  const key = `${path} ${version} ${asked}`;
  useEffect(() => {
    let isWanted = true;
    void api.get(path, schema).then((reply) => {
      if (isWanted) setKnown({ path, key, reply });
    });
    return () => {
      isWanted = false;
    };
  }, [api, path, schema, key]);
  const again = useCallback(() => setAsked((before) => before + 1), []);
  return { reply: known?.path === path ? known.reply : null, isBusy: known?.key !== key, again };
}
