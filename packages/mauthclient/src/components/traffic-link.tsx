// SPDX-License-Identifier: MIT
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

/** Leads to the plot of a sender; only its content where there is no figure to plot. */
export function TrafficLink({ id, name, children }: { id: string | undefined; name: string; children: ReactNode }) {
  if (id === undefined) return children;
  return (
    <Link to="/traffic" search={{ sender: id }} aria-label={name} title={name}>
      {children}
    </Link>
  );
}
