// SPDX-License-Identifier: MIT
import { Because, BulkInput, BulkResult, Decision, GrantInput, GrantPatch } from "@mauth/protocol/api";
import { becauseOf } from "../../by.ts";
import { objectionToPermit, objectionToRevoke } from "../../accounts/permission.ts";
import type { Principal } from "../../accounts/principal.ts";
import type { Authority, Decision as Decided } from "../../authority.ts";
import { rowOf } from "../../grants/grant.ts";
import type { Board } from "../../push/board.ts";
import type { Store } from "../../store/store.ts";
import { changedMeanwhile } from "../changed.ts";
import { isMatch } from "../if-match.ts";
import type { IfMatch } from "../if-match.ts";
import { refused } from "../problem.ts";
import type { Result } from "../problem.ts";
import { reply, route } from "../route.ts";
import type { Call, Reply, Route } from "../route.ts";

/** Bytes of a bulk request: 1000 grants with a reason each. */
const BULK_BYTES_MAX = 1024 * 1024;

/** How often a change of some limits is tried when others change the same grant at the same time. */
const PATCH_TRIES_MAX = 5;

export interface GrantParts {
  readonly authority: Pick<Authority, "permit" | "revoke" | "grants">;
  readonly board: Board;
  readonly store: Pick<Store, "history">;
}

/** Permitting and revoking. */
export function grantRoutes(parts: GrantParts): Route[] {
  const { authority, board } = parts;
  return [
    route({
      method: "post",
      path: "/grants",
      keepsAnswer: true,
      summary: "Permits; replaces a grant of the same source and group with all its limits.",
      role: "approver",
      body: GrantInput,
      answer: Decision,
      status: 201,
      async handle({ body, by, principal }) {
        const objection = mayPermit(parts, principal, body);
        if (objection !== undefined) return refused(403, objection);
        return answered(await authority.permit(body, becauseOf(by, body.reason)), board, 201);
      },
    }),
    route({
      method: "patch",
      path: "/grants/{id}",
      keepsAnswer: true,
      summary: "Changes the limits of a grant.",
      role: "approver",
      body: GrantPatch,
      answer: Decision,
      isConditional: true,
      handle: async (call) => change(parts, call),
    }),
    route({
      method: "delete",
      path: "/grants/{id}",
      keepsAnswer: true,
      summary: "Revokes; a sender that no grant stands for is removed all the same.",
      role: "approver",
      query: Because,
      answer: Decision,
      isConditional: true,
      async handle({ params, query, by, principal, ifMatch }) {
        const id = params["id"] ?? "";
        const kept = authority.grants.get(id);
        if (!isMatch(ifMatch, kept?.rev)) return changed(parts, id, ifMatch);
        const objection = mayRevoke(parts, principal, id);
        if (objection !== undefined) return refused(403, objection);
        const note = ifMatch === undefined || kept === undefined ? {} : { ifRev: kept.rev };
        const decided = await authority.revoke(id, becauseOf(by, query.reason), note);
        if (decided.isChanged) return changed(parts, id, ifMatch);
        if (decided.outcome === "error" && kept === undefined) return NO_GRANT;
        return answered(decided, board, 200);
      },
    }),
    route({
      method: "post",
      path: "/grants/bulk",
      keepsAnswer: true,
      summary: "Permits and revokes many; each succeeds or fails by itself.",
      role: "approver",
      body: BulkInput,
      bodyBytesMax: BULK_BYTES_MAX,
      answer: BulkResult,
      needsPassword: ({ body }) => (body.revoke?.length ?? 0) > 1,
      async handle({ body, by, principal }) {
        const { permit = [], revoke = [], reason } = body;
        const decisions = await Promise.all([
          ...permit.map(async (input) => {
            const objection = mayPermit(parts, principal, input);
            return objection === undefined
              ? authority.permit(
                  { ...(reason !== undefined && { reason }), ...input },
                  becauseOf(by, input.reason ?? reason),
                )
              : ({ outcome: "error", error: objection } as const);
          }),
          ...revoke.map(async (id) => {
            const objection = mayRevoke(parts, principal, id);
            return objection === undefined
              ? authority.revoke(id, becauseOf(by, reason))
              : ({ id, outcome: "error", error: objection } as const);
          }),
        ]);
        return reply({ results: decisions.map((decided) => shownDecision(decided, board)) });
      },
    }),
  ];
}

/** Changes some limits of what they are now: who does not say which revision is meant is not refused for a change meanwhile. */
async function change(
  parts: GrantParts,
  { params, body, by, principal, ifMatch }: Call<unknown, GrantPatch>,
): Promise<Result<Reply>> {
  const { authority, board } = parts;
  const id = params["id"] ?? "";
  for (let tries = 0; tries < PATCH_TRIES_MAX; tries++) {
    const kept = authority.grants.get(id);
    if (!isMatch(ifMatch, kept?.rev)) return changed(parts, id, ifMatch);
    if (kept === undefined) return NO_GRANT;
    const input = patched(inputOf(kept.row), body);
    const objection = mayPermit(parts, principal, input);
    if (objection !== undefined) return refused(403, objection);
    const decided = await authority.permit(input, becauseOf(by, input.reason), { ifRev: kept.rev });
    if (!decided.isChanged) return answered(decided, board, 200);
  }
  return refused(409, "it is being changed by others: try again");
}

async function changed({ store }: GrantParts, key: string, ifMatch: IfMatch): Promise<Result<never>> {
  return changedMeanwhile(store, { kind: "grant", key, ifMatch });
}

function mayPermit({ authority }: GrantParts, who: Principal | undefined, input: GrantInput): string | undefined {
  if (who === undefined) return "log in first";
  const row = rowOf(input, { wallMs: 0, by: who.name });
  const replaces = typeof row === "string" ? undefined : authority.grants.get(row.id)?.row;
  return objectionToPermit(who, { ...input, replaces });
}

function mayRevoke({ authority }: GrantParts, who: Principal | undefined, id: string): string | undefined {
  return who === undefined ? "log in first" : objectionToRevoke(who, authority.grants.get(id)?.row);
}

/** What somebody would have asked for to get this grant. */
export function inputOf({ source, group, session, maxTtl, rate, binding, expiresAt, reason }: GrantInput): GrantInput {
  return {
    source,
    group,
    ...(session !== undefined && { session }),
    maxTtl,
    ...(rate && { rate }),
    ...(binding && { binding }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(reason !== undefined && { reason }),
  };
}

function patched(input: GrantInput, patch: GrantPatch): GrantInput {
  const merged = { ...input, ...patch };
  return Object.fromEntries(
    Object.entries(merged).filter(([, value]) => value !== null && value !== undefined),
  ) as unknown as GrantInput;
}

function answered(decided: Decided, board: Board, status: number): Result<Reply> {
  if (decided.outcome === "error") return refused(409, decided.error ?? "it was refused");
  return reply(shownDecision(decided, board), { status: decided.outcome === "unknown" ? 202 : status });
}

/** A decision with the grant as it is now. */
export function shownDecision(decided: Decided, board: Board): Decision {
  const grant = decided.id === undefined ? undefined : board.get("grant", decided.id);
  return { ...decided, ...(grant && { grant }) };
}

const NO_GRANT = refused(404, "there is no such grant");
