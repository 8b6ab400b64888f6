// SPDX-License-Identifier: MIT
import type { Grant } from "@mauth/protocol/api";
import { createContext, lazy, type ReactNode, Suspense, useContext, useEffect, useMemo, useState } from "react";
import type { Candidate } from "../state/candidates.ts";

export type DialogRequest =
  | { readonly kind: "permit"; readonly candidates: readonly Candidate[]; readonly title?: string | undefined }
  | { readonly kind: "edit"; readonly candidate: Candidate }
  | { readonly kind: "manual" }
  | { readonly kind: "revoke"; readonly grants: readonly Grant[] };

interface Dialogs {
  open(request: DialogRequest): void;
  readonly isOpen: boolean;
}

const DialogsContext = createContext<Dialogs>({ open: () => undefined, isOpen: false });

const load = async () => ({ default: (await import("./dialog.tsx")).Dialog });
const Dialog = lazy(load);

/** One dialog at a time, opened from anywhere. */
export function DialogsProvider({ children }: { children: ReactNode }) {
  // Each opening is another dialog, so that no half-made choice of the last one survives.
  const [current, setCurrent] = useState<{ request: DialogRequest; key: number } | null>(null);
  const [isOpen, setIsOpen] = useState(false);
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
      isOpen,
    }),
    [isOpen],
  );
  return (
    <DialogsContext value={value}>
      {children}
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
