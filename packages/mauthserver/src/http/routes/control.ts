// SPDX-License-Identifier: MIT
import * as z from "zod/mini";
import type { Store } from "../../store/store.ts";
import { NOTHING, reply, route } from "../route.ts";
import type { Route } from "../route.ts";

export interface ControlParts {
  readonly store: Pick<Store, "backup">;
  /** The fencing term of this server. */
  readonly term: number;
  readonly onRestore: () => void;
}

/** What only commands on this machine may ask for; it is not part of the API. */
export function controlRoutes({ store, term, onRestore }: ControlParts): Route[] {
  return [
    route({
      method: "get",
      path: "/control/term",
      summary: "Tells the fencing term.",
      role: "admin",
      handle: () => reply({ term }),
    }),
    route({
      method: "post",
      path: "/control/backup",
      summary: "Copies the database, while it goes on being changed.",
      role: "admin",
      body: z.strictObject({ path: z.string().check(z.minLength(1), z.maxLength(4096)) }),
      async handle({ body }) {
        await store.backup(body.path);
        return NOTHING;
      },
    }),
    route({
      method: "post",
      path: "/control/restore",
      summary: "Starts again with the database that a command has laid beside the present one.",
      role: "admin",
      handle() {
        setImmediate(onRestore);
        return NOTHING;
      },
    }),
  ];
}
