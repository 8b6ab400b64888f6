// SPDX-License-Identifier: MIT
import { Notifications } from "@mantine/notifications";
import "@mantine/core/styles/Notification.css";
import "@mantine/notifications/styles.css";
import classes from "./toasts.module.css";

/** Where toasts appear; not needed before the first decision. */
export function Toasts() {
  return <Notifications className={classes["toasts"] ?? ""} position="bottom-right" limit={4} />;
}
