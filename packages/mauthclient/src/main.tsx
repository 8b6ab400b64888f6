// SPDX-License-Identifier: MIT
import "./state/no-eval.ts";
import "./state/content-security.ts";
import "./styles.ts";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { createConsoleRouter } from "./router.tsx";
import { browserClock } from "./state/clock.ts";
import { Gate } from "./state/access.ts";
import { browserFetch } from "./state/api.ts";
import { Live } from "./state/live.ts";
import { socketOpener } from "./state/socket.ts";

const gate = new Gate(browserFetch);
const live = new Live(browserClock, socketOpener(gate));
live.start();
const router = createConsoleRouter();
// The page is fetched while the frame around it is drawn.
void router.load();
// A laptop that wakes up, or gets its network back, need not wait for the next attempt.
window.addEventListener("online", live.start);

const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App live={live} gate={gate} clock={browserClock} router={router} />
    </StrictMode>,
  );
}
