// SPDX-License-Identifier: MIT
import type { Grant, Mrouter, Session } from "@mauth/protocol/api";
import { createContext, lazy, type ReactNode, Suspense, useContext, useEffect, useMemo, useState } from "react";
import type { Candidate } from "../state/candidates.ts";
import type { Ending } from "../state/limits.ts";

export type DialogRequest =
  | {
      readonly kind: "permit";
      readonly candidates: readonly Candidate[];
      readonly session?: Pick<Session, "id" | "title"> | undefined;
      readonly ending?: Ending;
      readonly onDone?: () => void;
    }
  | { readonly kind: "edit"; readonly grant: Grant; readonly seenTtl?: number | undefined }
  | { readonly kind: "manual"; readonly source?: string; readonly group?: string; readonly maxTtl?: number }
  | { readonly kind: "revoke"; readonly grants: readonly Grant[]; readonly onDone?: () => void }
  | {
      readonly kind: "mode";
      readonly mrouter: string;
      readonly interfaceName: string;
      readonly mode: "enforce" | "monitor";
    }
  | { readonly kind: "mrouter"; readonly mrouter?: Mrouter }
  | { readonly kind: "removeMrouter"; readonly mrouter: Mrouter };

interface Dialogs {
  open(request: DialogRequest): void;
  /** To be called before the first toast is shown. */
  readonly prepareToasts: () => void;
  readonly isOpen: boolean;
}

const DialogsContext = createContext<Dialogs>({
  open: () => undefined,
  prepareToasts: () => undefined,
  isOpen: false,
});

const load = async () => ({ default: (await import("./dialog.tsx")).Dialog });
const Dialog = lazy(load);
const Toasts = lazy(async () => ({ default: (await import("./toasts.tsx")).Toasts }));

/** One dialog at a time, opened from anywhere. */
export function DialogsProvider({ children }: { children: ReactNode }) {
  // Each opening is another dialog, so that no half-made choice of the last one survives.
  const [current, setCurrent] = useState<{ request: DialogRequest; key: number } | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const [hasToasts, setHasToasts] = useState(false);
  // Fetched before it is needed, so that the first click does not wait for it.
  useEffect(() => {
    if (typeof requestIdleCallback === "undefined") return undefined;
    const handle = requestIdleCallback(() => void load().catch(() => undefined));
    return () => cancelIdleCallback(handle);
  }, []);
  const value = useMemo(
    () => ({
      open: (next: DialogRequest) => {
        setCurrent((last) => ({ request: next, key: (last?.key ?? 0) + 1 }));
        setIsOpen(true);
      },
      prepareToasts: () => setHasToasts(true),
      isOpen,
    }),
    [isOpen],
  );
  return (
    <DialogsContext value={value}>
      {children}
      {hasToasts && (
        <Suspense>
          <Toasts />
        </Suspense>
      )}
      {current !== null && (
        <Suspense>
          <Dialog id={current.key} request={current.request} isOpen={isOpen} onClose={() => setIsOpen(false)} />
        </Suspense>
      )}
    </DialogsContext>
  );
}

export function useDialogs(): Dialogs {
  return useContext(DialogsContext);
}
