// SPDX-License-Identifier: MIT
import {
  IconActivity,
  IconHelpCircle,
  IconHistory,
  IconSettings,
  IconSpeakerphone,
  IconUsers,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { texts } from "../texts/texts.ts";
import shell from "./shell.module.css";

const ICON = { size: 19, stroke: 1.8, "aria-hidden": true } as const;

const LINKS = [
  ["/traffic", texts.pages.traffic, <IconActivity key="icon" {...ICON} />],
  ["/explain", texts.pages.explain, <IconHelpCircle key="icon" {...ICON} />],
  ["/announce", texts.pages.announce, <IconSpeakerphone key="icon" {...ICON} />],
  ["/audit", texts.pages.audit, <IconHistory key="icon" {...ICON} />],
  ["/accounts", texts.pages.accounts, <IconUsers key="icon" {...ICON} />],
  ["/settings", texts.pages.settings, <IconSettings key="icon" {...ICON} />],
] as const;

/** The pages that are not part of the main job; a list of links. */
export function FurtherLinks({ className, linkClassName }: { className: string; linkClassName: string }) {
  return (
    <ul className={className}>
      {LINKS.map(([to, name, icon]) => (
        <li key={to}>
          <Link to={to} className={linkClassName}>
            {icon}
            <span className={shell["linkText"]}>{name}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
