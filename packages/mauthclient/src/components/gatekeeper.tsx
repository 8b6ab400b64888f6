// SPDX-License-Identifier: MIT
import { lazy, type ReactNode, Suspense, useSyncExternalStore } from "react";
import { useAccess, useGate } from "../state/context.tsx";

const LoginPage = lazy(async () => ({ default: (await import("../pages/login-page.tsx")).LoginPage }));
const FirstRunPage = lazy(async () => ({ default: (await import("../pages/first-run-page.tsx")).FirstRunPage }));
const ConfirmationDialog = lazy(async () => ({
  default: (await import("./confirmation-dialog.tsx")).ConfirmationDialog,
}));

/** Shows the console to whoever may see it, and a way in to everybody else. */
export function Gatekeeper({ children }: { children: ReactNode }) {
  const { state } = useAccess();
  const { confirmation } = useGate();
  const isConfirming = useSyncExternalStore(confirmation.subscribe, confirmation.view);
  if (state === "in" || state === "checking")
    return (
      <>
        {children}
        {isConfirming && (
          <Suspense>
            <ConfirmationDialog />
          </Suspense>
        )}
      </>
    );
  return <Suspense>{state === "login" ? <LoginPage /> : <FirstRunPage />}</Suspense>;
}
