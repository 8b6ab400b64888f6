// SPDX-License-Identifier: MIT
import type { Grant } from "@mauth/protocol/api";
import { standingOf } from "../state/pairs.ts";
import { texts } from "../texts/texts.ts";
import { StandingBadge } from "../ui/badges.tsx";

/** How far a grant is from the kernels: the worst state as a badge, each mrouter on hover. */
export function Enforcement({ grant }: { grant: Grant }) {
  const lines = grant.enforcement.map((one) => {
    const state = texts.enforcementOn(one.mrouter, texts.enforcementState[one.state]);
    return one.error === undefined ? state : `${state} (${one.error})`;
  });
  return <StandingBadge standing={standingOf(grant)} detail={lines.join("\n")} />;
}
