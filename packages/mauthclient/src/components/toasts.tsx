// SPDX-License-Identifier: MIT
import { Notifications } from "@mantine/notifications";

/** Where toasts appear; not needed before the first decision. */
export function Toasts() {
  return <Notifications position="bottom-right" limit={4} />;
}
