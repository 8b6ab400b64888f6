// SPDX-License-Identifier: MIT
import { lazy, type ReactNode, Suspense } from "react";
import { useAccess } from "../state/context.tsx";

const LoginPage = lazy(async () => ({ default: (await import("../pages/login-page.tsx")).LoginPage }));
const FirstRunPage = lazy(async () => ({ default: (await import("../pages/first-run-page.tsx")).FirstRunPage }));

/** Shows the console to whoever may see it, and a way in to everybody else. */
export function Gatekeeper({ children }: { children: ReactNode }) {
  const { state } = useAccess();
  if (state === "in" || state === "checking") return children;
  return <Suspense>{state === "login" ? <LoginPage /> : <FirstRunPage />}</Suspense>;
}
